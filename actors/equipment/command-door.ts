import type { LineCheck } from '../../machines/gcode/check-line.ts';
import type { Caller } from '../../statecharts/caller.ts';
import { commandArgs, stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import type { JobFacts, Named } from '../../statecharts/equipment/context.ts';
import type { CommandFacts } from '../../statecharts/equipment/events.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { Qualification } from '../../statecharts/site/fact.ts';
import { type AssertionKeys, verifyAssertion } from '../system/assertions.ts';
import { commandLimit, type Lane } from '../system/mailbox.ts';
import type { CommandMessage } from '../system/message.ts';
import type { Clock } from '../system/ports.ts';
import { busy } from '../system/turn-answers.ts';
import { acknowledgeCommand, type Outcome, type OwnedCommand, ownedCommandSchema, replayCommand } from '../transport/envelopes.ts';

export interface CommandDoorOptions {
  readonly site: string;
  /** `equipment/mill-1` */
  readonly actor: string;
  /** This process: a deadline on another process's clock has passed. */
  readonly boot: string;
  readonly keys: AssertionKeys;
  readonly clock: Clock;
  /** The job if it is ready for this equipment. */
  readyJob(job: string): JobFacts | null;
  /** What this caller is trained for. */
  qualificationsOf(caller: Caller): readonly Qualification[];
  /** Somebody of this id or login who may operate machines. */
  operator(name: string): Named | null;
  /** A typed line as it may reach the wire, or why not; null where no lines are typed, which the chart refuses. */
  readonly checkLine: ((line: string) => LineCheck) | null;
  /** What this node has against a command, beside the chart; null: nothing. */
  refusal(command: OwnedCommand['command']): Reason | null;
  post(lane: Lane, message: CommandMessage): void;
}

type Asked = { readonly ok: true; readonly args: Readonly<Record<string, unknown>> } | { readonly ok: false; readonly reason: Reason };

/** The owner's door: every command that reaches the mailbox was parsed, its caller verified and its facts looked up here. */
export class CommandDoor {
  readonly #o: CommandDoorOptions;
  /** Verifying a signature waits; commands must not overtake each other there. */
  #previous: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: CommandDoorOptions) {
    this.#o = options;
  }

  /** Takes what arrived on the command subject `name`; `reply` is called exactly once. */
  take(name: string, body: unknown, reply: (outcome: Outcome) => void): void {
    // For other desks, on the same wildcard.
    if (name === replayCommand || name === acknowledgeCommand) return;
    const arrivedAt = this.#o.clock.monotonic();
    const parsed = ownedCommandSchema.safeParse(body);
    if (!parsed.success || parsed.data.command !== name) {
      reply({ outcome: 'refused', seq: 0, reasons: [malformed] });
      return;
    }
    const command = parsed.data;
    if (stopLikeCommands.includes(command.command)) {
      void this.#post('safety', command, { arrivedAt, reply });
    } else if (this.#waiting >= commandLimit) {
      reply(busy);
    } else {
      this.#waiting += 1;
      this.#previous = this.#previous
        .then(() => this.#post('command', command, { arrivedAt, reply }))
        .finally(() => {
          this.#waiting -= 1;
        });
    }
  }

  async #post(lane: Lane, command: OwnedCommand, arrival: { arrivedAt: number; reply: (outcome: Outcome) => void }): Promise<void> {
    const { site, actor, keys, clock } = this.#o;
    const expiry = lane === 'safety' ? 'ignored' : 'checked';
    const check = { site, actor, commandId: command.id, now: clock.now(), expiry } as const;
    const caller = await verifyAssertion(keys, command.assertion, check);
    const asked = this.#argsOf(command);
    const objection = caller === null ? forged : asked.ok ? this.#o.refusal(command.command) : asked.reason;
    const facts = asked.ok ? this.#factsOf(command) : null;
    this.#o.post(lane, {
      kind: 'command',
      request: {
        id: command.id,
        command: command.command,
        args: asked.ok ? asked.args : command.args,
        // Whoever vouches for the caller says who it is; what they are trained for is looked up here.
        caller: caller ? { ...caller, qualifications: [...this.#o.qualificationsOf(caller)] } : nobody,
        ...(facts ? { facts } : {}),
      },
      correlationId: command.correlationId,
      seen: command.seen ?? null,
      deadline: this.#deadlineOf(command, arrival.arrivedAt),
      objection: objection === null ? null : { outcome: 'refused', seq: 0, reasons: [objection] },
      reply: arrival.reply,
    });
  }

  #factsOf({ command, args }: OwnedCommand): CommandFacts | null {
    if (command === 'LOAD_JOB') return { job: this.#o.readyJob(String(args.job)) };
    return command === 'HAND_OVER' ? { person: this.#o.operator(String(args.to)) } : null;
  }

  #argsOf({ command, args }: OwnedCommand): Asked {
    const parsed = commandArgs[command].safeParse(args);
    if (!parsed.success) return { ok: false, reason: invalidArgs };
    const { checkLine } = this.#o;
    if (command !== 'MDI' || !('line' in parsed.data) || checkLine === null) return { ok: true, args: { ...parsed.data } };
    const checked = checkLine(parsed.data.line);
    if (checked.ok) return { ok: true, args: { line: checked.line } };
    const { code, message } = checked.problem;
    return {
      ok: false,
      reason: { code, message, remedy: { text: 'Change the line; only plain motion and settings of this dialect are sent.' } },
    };
  }

  #deadlineOf({ deadline, ttlMs }: OwnedCommand, arrivedAt: number): number {
    if (!deadline) return arrivedAt + ttlMs;
    return deadline.boot === this.#o.boot ? deadline.monotonicMs : Number.NEGATIVE_INFINITY;
  }
}

/** Stands in the journal where nobody could be verified. */
const nobody = { kind: 'system', id: 'unverified', name: 'unverified', role: 'viewer' } as const;

const malformed: Reason = { code: 'malformed', message: 'This is not a command as the contract has it.' };
const invalidArgs: Reason = { code: 'invalid-args', message: 'The arguments do not fit the command.' };
const forged: Reason = {
  code: 'forged-assertion',
  message: 'Nobody vouches for this caller: the assertion is forged, expired or meant for something else.',
  remedy: { text: 'Log in again and repeat the command.' },
};
