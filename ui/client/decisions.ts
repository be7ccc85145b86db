import type { Me } from '../../gateway/contract/auth.ts';
import type { Caller } from '../../statecharts/caller.ts';
import { stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import { type CommandRequest, decideFor, type Verdict } from '../../statecharts/equipment/decide.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { LiveState } from './live.ts';
import { ageText } from './truth.ts';

/** What a page knows when it decides. `now` is server time, ms since 1970. */
export interface View {
  readonly status: EquipmentStatus | undefined;
  readonly me: Me;
  readonly live: LiveState;
  readonly now: number;
}

/** The person of this page as a caller at one equipment. */
function callerOf(me: Me, equipment: string): Caller {
  const until = me.presence[equipment];
  const trained = me.qualifications === undefined ? {} : { qualifications: me.qualifications };
  const caller: Caller = { kind: 'user', id: me.id, name: me.name, role: me.role, sid: me.sid, ...trained };
  return until === undefined ? caller : { ...caller, presence: { equipment, until } };
}

/** The chart's own decision over the last status; without a connection that status is old, and only stop-like commands may go. */
export function verdict({ status, me, live, now }: View, request: CommandRequest): Verdict {
  if (!status) return refuse({ code: 'not-read', message: 'The state of this machine has not been read yet.' });
  if (live.kind !== 'open' && !stopLikeCommands.includes(request.command)) {
    const message = `No connection for ${ageText(Math.max(0, now - live.since))}.`;
    return refuse({
      code: 'page-offline',
      message,
      remedy: { text: 'What is shown is old. Wait until it is back, or go to the machine.' },
    });
  }
  return decideFor(status, callerOf(me, status.actor.replace(/^equipment\//, '')), request, now);
}

function refuse(reason: Reason): Verdict {
  return { allowed: false, reasons: [reason] };
}
