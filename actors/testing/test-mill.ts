import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { standingIn } from '../../statecharts/equipment/decide.ts';
import type { CloudEvent, Outcome } from '../transport/envelopes.ts';
import { until } from './until.ts';
import type { Workshop } from './workshop.ts';

interface WireEntry {
  /** Monotonic ms of this computer. */
  readonly t: number;
  readonly dir: string;
  readonly line?: string;
  readonly rt?: string;
  /** What happened to the connection. */
  readonly note?: string;
  /** Whose connection it was, over a network. */
  readonly peer?: number;
}

/** A mill of a workshop, `mill-1` by default, as somebody in front of it sees it: what it says, and what arrives on its wire. */
export class TestMill {
  readonly #shop: Workshop;
  readonly #id: string;

  constructor(shop: Workshop, id = 'mill-1') {
    this.#shop = shop;
    this.#id = id;
  }

  /** Where its port is linked and its wire logged. */
  get port(): string {
    return join(this.#shop.dataDir, this.#id === 'mill-1' ? 'port' : `port-${this.#id}`);
  }

  get wireLog(): string {
    return join(this.#shop.dataDir, this.#id === 'mill-1' ? 'wire.jsonl' : `wire-${this.#id}.jsonl`);
  }

  /** What the host sent, in order. */
  wire(): WireEntry[] {
    return this.#log().filter(entry => entry.dir === 'in');
  }

  /** When the connection of this peer ended, monotonic ms; NaN while it stands. */
  disconnected(peer: number): number {
    return this.#log().find(entry => entry.note?.startsWith('disconnected ') && entry.note.includes(`:${peer}:`))?.t ?? Number.NaN;
  }

  #log(): WireEntry[] {
    const text = readFileSync(this.wireLog, 'utf8');
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.filter(line => line !== '').map(line => JSON.parse(line) as WireEntry);
  }

  lines(): string[] {
    return this.wire().flatMap(entry => (entry.line === undefined ? [] : [entry.line]));
  }

  /** Lines without the questions that only read. */
  orders(): string[] {
    return this.lines().filter(line => line !== '$#' && line !== '$G');
  }

  /** How often a realtime byte was sent, e.g. `0x21`. */
  count(realtime: string): number {
    return this.wire().filter(entry => entry.rt === realtime).length;
  }

  region(name: string): string | undefined {
    return this.#shop.status(this.#id)?.value[name];
  }

  becomes(name: string, state: string): Promise<void> {
    return until(`${name} ${state}`, () => this.region(name) === state, 20_000);
  }

  /** The newest published event of a type. */
  lastEvent(type: string): CloudEvent | undefined {
    return this.#shop.heard.findLast(one => one.subject === `wit.main.equipment.${this.#id}.event.${type}`)?.body as CloudEvent | undefined;
  }

  ask(command: string, args: object = {}, more: Record<string, unknown> = {}): Promise<Outcome> {
    return this.#shop.gateway.command(this.#id, command, args, more);
  }

  async accepted(command: string, args: object = {}): Promise<void> {
    expect(await this.ask(command, args)).toMatchObject({ outcome: 'accepted', reasons: [] });
  }

  /** What the published status says against a command. */
  reasonsAgainst(command: CommandName): string[] {
    const status = this.#shop.status(this.#id);
    return status ? standingIn(status, command).map(reason => reason.code) : [];
  }

  /** From Aborted to homed, idle and in processing mode. */
  async makeReady(): Promise<void> {
    await this.accepted('CLEAR');
    await this.becomes('execution', 'Stopped');
    await this.accepted('RESET');
    await this.becomes('execution', 'Idle');
    if (this.region('occupancy') === 'free') await this.accepted('CHECK_IN');
    if (this.region('mode') !== 'setup.ready') await this.accepted('SET_MODE', { mode: 'setup' });
    await this.accepted('HOME');
    await until('homed', () => this.#shop.status(this.#id)?.homed && this.region('mode') === 'setup.ready', 30_000);
    await this.accepted('SET_MODE', { mode: 'processing' });
    await until('the mill rests', () => !this.reasonsAgainst('START').includes('device-not-idle'));
  }

  /** Uploads, checks, loads and starts a program; the id of its job. */
  async startJob(program: string): Promise<string> {
    const { job, outcome } = await this.#shop.createJob(this.#id, program);
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    await until('checked', () => ['ready', 'refused'].includes(this.#shop.jobStatus(job)?.state ?? ''));
    expect(this.#shop.jobStatus(job)).toMatchObject({ state: 'ready', check: { ok: true } });
    await this.accepted('LOAD_JOB', { job });
    await until('the new state is published', () => this.#shop.status(this.#id)?.job?.id === job);
    const { epoch = 0, decisionSeq = 0, at = 0 } = this.#shop.status(this.#id) ?? {};
    expect(await this.ask('START', {}, { seen: { epoch, decisionSeq, at } })).toMatchObject({ outcome: 'accepted', reasons: [] });
    return job;
  }
}

/** A program that no test lives to see the end of: back and forth for 30 hours of the machine's time. */
export const longProgram = `G21\nG90\n${'G1 X-100 F500\nG1 X-10 F500\n'.repeat(5000)}`;
