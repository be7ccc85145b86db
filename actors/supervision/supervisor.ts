import type { Clock, Log } from '../system/ports.ts';
import { type ChildSpec, decideExit, type Exit, type SupervisorSpec } from './decide-exit.ts';

/** A child that runs. */
export interface Running {
  stop(): Promise<void>;
}

export type Started = { readonly ok: true; readonly running: Running } | { readonly ok: false; readonly sentence: string };

/** A child and the way to start it; `start` may throw. It is called anew for each restart and carries nothing over. */
export interface Child extends ChildSpec {
  start(): Promise<Started>;
}

/** A child as people see it; times in ms since 1970. */
export interface ChildTree {
  readonly id: string;
  readonly restart: ChildSpec['restart'];
  readonly state: 'starting' | 'running' | 'waiting' | 'ended';
  readonly since: number;
  readonly restarts: number;
  /** Why it last ended. */
  readonly why: string | null;
  /** When it is tried again. */
  readonly nextAt: number | null;
}

export interface SupervisorOptions {
  readonly spec: SupervisorSpec;
  readonly clock: Clock;
  /** 0 to 1. */
  random(): number;
  readonly log: Log;
  changed(): void;
  /** Restarting no longer helps; every child has been ended. */
  escalate(sentence: string): void;
}

interface Slot {
  readonly child: Child;
  running: Running | null;
  tree: ChildTree;
  attempts: number;
  startedAt: number;
}

/**
 * Starts children in order, restarts what fails as its spec decides, ends them in reverse order. Unlike OTP, a first start that fails
 * is tried again as well: at the start of a workshop some machines are always off.
 */
export class Supervisor {
  readonly #o: SupervisorOptions;
  readonly #slots: Slot[] = [];
  readonly #timers = new Map<Slot, { cancel(): void }>();
  #restarts: readonly number[] = [];
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#o = options;
  }

  /** Adds a child behind the others; resolves when its first start has succeeded or failed. */
  add(child: Child): Promise<void> {
    const tree = {
      id: child.id,
      restart: child.restart,
      state: 'starting',
      since: this.#o.clock.now(),
      restarts: 0,
      why: null,
      nextAt: null,
    };
    const slot: Slot = { child, running: null, tree: tree as ChildTree, attempts: 0, startedAt: 0 };
    this.#slots.push(slot);
    return this.#do(() => this.#start(slot));
  }

  has(id: string): boolean {
    return this.#slots.some(slot => slot.child.id === id);
  }

  /** A child ended by itself. */
  ended(id: string, exit: Exit, why: string): Promise<void> {
    return this.#do(() => this.#ended(id, exit, why));
  }

  /** Tries a waiting child now. */
  retry(id: string): Promise<void> {
    return this.#do(async () => {
      const waiting = this.#find(id);
      if (waiting?.tree.state === 'waiting') await this.#startAll([id]);
    });
  }

  /** Takes children out; ends those that run. Who is added under the same id meanwhile is another child. */
  remove(...ids: readonly string[]): Promise<void> {
    return this.#do(async () => {
      const going = this.#slotsOf(ids);
      await this.#stopAll(going, 'taken out');
      for (const slot of going) this.#forget(slot);
    });
  }

  /** Ends all children in the reverse order of their start. Nothing is started any more. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#do(() => this.#stopAll([...this.#slots].reverse(), 'the supervisor ended'));
  }

  get tree(): readonly ChildTree[] {
    return this.#slots.map(slot => slot.tree);
  }

  #do(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #start(slot: Slot): Promise<void> {
    if (this.#closed) return;
    this.#show(slot, { state: 'starting', nextAt: null });
    slot.startedAt = this.#o.clock.monotonic();
    const started = await slot.child.start().catch((cause): Started => ({ ok: false, sentence: textOf(cause) }));
    if (!started.ok) return this.#ended(slot.child.id, 'error', started.sentence);
    slot.running = started.running;
    if (slot.tree.why !== null) this.#o.log(`${slot.child.id}: runs again`);
    this.#show(slot, { state: 'running', why: null });
  }

  async #ended(id: string, exit: Exit, why: string): Promise<void> {
    const slot = this.#find(id);
    if (!slot || this.#closed) return;
    const { clock, spec } = this.#o;
    const now = clock.monotonic();
    const ranMs = slot.running ? now - slot.startedAt : 0;
    slot.running = null;
    const children = this.#slots.map(one => one.child);
    const facts = { id, exit, now, ranMs, attempts: slot.attempts, random: this.#o.random() };
    const decision = decideExit(spec, { children, restarts: this.#restarts }, facts);
    if (decision.do === 'leave') {
      this.#show(slot, { state: 'ended', why });
      if (decision.forget) this.#forget(slot);
      return;
    }
    await this.#stopAll(this.#slotsOf(decision.stop), `${id} ended`);
    if (decision.do === 'escalate') {
      this.#show(slot, { state: 'ended', why });
      this.#o.escalate(`${id} keeps failing: ${why}`);
      return;
    }
    // Once when trouble begins; the tree shows the rest.
    if (slot.tree.why !== why) this.#o.log(why.startsWith(`${id}:`) ? why : `${id}: ${why}`);
    [slot.attempts, this.#restarts] = [decision.attempts, decision.restarts];
    const nextAt = clock.now() + decision.delayMs;
    this.#show(slot, { state: 'waiting', why, nextAt, restarts: slot.tree.restarts + 1 });
    this.#later(slot, decision);
  }

  #later(slot: Slot, { delayMs, start }: { readonly delayMs: number; readonly start: readonly string[] }): void {
    this.#timers.get(slot)?.cancel();
    const run = () => void this.#do(() => this.#startAll(start));
    this.#timers.set(slot, this.#o.clock.setTimeout(run, delayMs));
  }

  /** In order; what fails decides anew about itself and what comes after it. */
  async #startAll(ids: readonly string[]): Promise<void> {
    for (const slot of this.#slotsOf(ids)) {
      this.#timers.get(slot)?.cancel();
      if (slot.running) continue;
      await this.#start(slot);
      if (slot.running === null && this.#o.spec.strategy !== 'one-for-one') return;
    }
  }

  /** Where no child needs another one, none waits for another one's end. */
  async #stopAll(slots: readonly Slot[], why: string): Promise<void> {
    if (this.#o.spec.strategy === 'one-for-one') await Promise.all(slots.map(slot => this.#stop(slot, why)));
    else for (const slot of slots) await this.#stop(slot, why);
  }

  async #stop(slot: Slot, why: string): Promise<void> {
    this.#timers.get(slot)?.cancel();
    this.#timers.delete(slot);
    const { running, child } = slot;
    slot.running = null;
    if (running) await running.stop().catch(cause => this.#o.log(`${child.id}: did not end in order: ${textOf(cause)}`));
    this.#show(slot, { state: 'ended', why, nextAt: null });
    if (child.restart === 'temporary' && !this.#closed) this.#forget(slot);
  }

  #show(slot: Slot, change: Partial<ChildTree>): void {
    const since = change.state === slot.tree.state ? slot.tree.since : this.#o.clock.now();
    slot.tree = { ...slot.tree, since, ...change };
    this.#o.changed();
  }

  #find(id: string): Slot | undefined {
    return this.#slots.find(slot => slot.child.id === id);
  }

  /** In the order of the ids. */
  #slotsOf(ids: readonly string[]): readonly Slot[] {
    return ids.flatMap(id => this.#find(id) ?? []);
  }

  /** This very slot: there may be a younger one of its id. */
  #forget(slot: Slot): void {
    const at = this.#slots.indexOf(slot);
    if (at >= 0) this.#slots.splice(at, 1);
    this.#o.changed();
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
