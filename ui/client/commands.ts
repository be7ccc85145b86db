import { outcomeResponse } from '../../gateway/contract/resources.ts';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { Api } from './api.ts';
import { type Cell, cell, type Readable } from './cell.ts';
import type { Env } from './env.ts';
import type { Live } from './live.ts';
import type { ServerClock } from './server-clock.ts';
import { uuidv7 } from './uuidv7.ts';

/** What became of a command. `not-sent`: no connection, nothing happened. `no-answer`: it may or may not have been done. */
export interface CommandResult {
  readonly id: string;
  readonly equipment: string;
  readonly command: CommandName;
  /** `accepted`, `refused`, `stale-view` ... as the owner said, or `not-sent`, `no-answer`. */
  readonly outcome: string;
  readonly reasons: readonly Reason[];
}

/** A command to one equipment, by id (`mill-1`). */
export interface CommandRequest {
  readonly equipment: string;
  readonly command: CommandName;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Sends commands, each once, under one id, bound to the state that the page shows. */
export interface CommandClient {
  ask(request: CommandRequest): Promise<CommandResult>;
  /** The latest answer that was not plain acceptance, until acknowledged or followed by an acceptance. */
  readonly trouble: Cell<CommandResult | null>;
  /** Commands without an answer yet: `mill-1 START`. */
  readonly pending: Readable<ReadonlySet<string>>;
}

interface Parts {
  readonly env: Env;
  readonly api: Api;
  readonly live: Live;
  readonly clock: ServerClock;
  /** The status on screen, for `seen`. */
  status(actor: string): Readable<EquipmentStatus | undefined>;
}

/** The owner answers within 2 s; after this the answer is unknown, ms. */
const patience = 5_000;

/** Makes the one door through which this page commands. */
export function createCommands(parts: Parts): CommandClient {
  const waiting = new Map<string, (outcome: string, reasons: readonly Reason[]) => void>();
  const pending = cell<ReadonlySet<string>>(new Set());
  const trouble = cell<CommandResult | null>(null);

  parts.live.onFrame(frame => {
    if (frame.type === 'outcome') waiting.get(frame.id)?.(frame.outcome, frame.reasons);
  });

  const overLive = (request: CommandRequest, id: string): Promise<CommandResult> | null => {
    const frame = { type: 'command', ...request, id, ttlMs: 3_000, ...seen(parts, request) } as const;
    if (!parts.live.send(frame)) return null;
    return new Promise(resolve => {
      const answer = (outcome: string, reasons: readonly Reason[]): void => {
        cancel();
        waiting.delete(id);
        resolve({ id, ...request, outcome, reasons });
      };
      // A motion command is never sent again under a new id: after silence nobody knows, and the page says so.
      const cancel = parts.env.later(patience, () => answer('no-answer', []));
      waiting.set(id, answer);
    });
  };
  const ask = async (request: CommandRequest): Promise<CommandResult> => {
    const id = uuidv7(parts.env);
    const mark = `${request.equipment} ${request.command}`;
    pending.update(set => new Set(set).add(mark));
    const result = await (overLive(request, id) ?? withoutLive(parts, request, id));
    pending.update(set => new Set([...set].filter(other => other !== mark)));
    trouble.set(isTrouble(result) ? result : null);
    return result;
  };
  return { ask, trouble, pending };
}

function seen({ clock, status }: Parts, request: CommandRequest) {
  const shown = status(`equipment/${request.equipment}`).getSnapshot();
  return shown ? { seen: { epoch: shown.epoch, decisionSeq: shown.decisionSeq, at: Math.round(clock.lastHeard()) } } : {};
}

/** HOLD, STOP and ABORT try the other way in; anything else is refused here, because what the page shows is old. */
async function withoutLive({ api }: Parts, request: CommandRequest, id: string): Promise<CommandResult> {
  if (!stopLikeCommands.includes(request.command)) return { id, ...request, outcome: 'not-sent', reasons: [] };
  const answer = await api.ask({
    method: 'POST',
    path: `equipment/${request.equipment}/commands`,
    json: { id, command: request.command, args: request.args },
    answer: outcomeResponse,
    keepalive: true,
  });
  if (answer.ok) return { id, ...request, ...answer.value };
  const outcome = answer.error.status === 0 ? 'no-answer' : answer.error.code;
  return { id, ...request, outcome, reasons: answer.error.reasons ?? [] };
}

function isTrouble(result: CommandResult): boolean {
  return result.outcome !== 'accepted' && result.outcome !== 'duplicate';
}
