import { type DecidableStatus, decideFor } from '../../statecharts/equipment/decide.ts';
import { toStatus } from '../../statecharts/equipment/project.ts';
import { bench } from '../../statecharts/equipment/test-bench.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import { commandsOf } from '../../statecharts/profiles/rules.ts';
import { callers, machineOf, now, questions, situations } from './situations.ts';

/** One command with its arguments; per caller the code of each reason against it, in order. None: it is allowed. */
interface Vector {
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly reasons: Readonly<Record<string, readonly string[]>>;
}

/** A file of golden vectors as integrators get it; docs/decisions.md explains it. */
export interface VectorFile {
  readonly family: string;
  /** ms since 1970 when every question is asked. */
  readonly now: number;
  readonly callers: typeof callers;
  readonly situations: readonly { readonly name: string; readonly status: DecidableStatus; readonly vectors: readonly Vector[] }[];
}

/** The golden vectors of a family, from its chart as it is. */
export function vectorsOf(family: ProfileName): VectorFile {
  const told = Object.entries(situations[family]).map(([name, events]) => {
    const { facts } = bench(events, machineOf(family));
    const status = decidable(toStatus({ context: facts() }, { seq: 1, decisionSeq: 1, at: now }));
    return { name, status, vectors: vectorsAt(family, status) };
  });
  return { family, now, callers, situations: told };
}

function vectorsAt(family: ProfileName, status: DecidableStatus): Vector[] {
  return commandsOf(family).flatMap(command =>
    questions[command].map(args => {
      const answer = (caller: (typeof callers)[keyof typeof callers]) =>
        decideFor(status, caller, { command, args }, now).reasons.map(reason => reason.code);
      return { command, args, reasons: Object.fromEntries(Object.entries(callers).map(([id, caller]) => [id, answer(caller)])) };
    }),
  );
}

/** The part of a status document that decisions read. */
function decidable(status: DecidableStatus): DecidableStatus {
  const { actor, profile, limits, value, holder, reservation, offer, locks, site, capabilities, homed, decisions, reasons } = status;
  const rest = { value, holder, reservation, offer, locks, site, capabilities, homed, decisions, reasons };
  return { actor, profile, ...(limits ? { limits } : {}), ...rest };
}

/** As text: one line per status and per vector, so that a change of a rule is a change of its lines. */
export function vectorText({ situations: told, ...head }: VectorFile): string {
  const lines = told.map(({ name, status, vectors }) => {
    const rows = vectors.map(vector => `    ${JSON.stringify(vector)}`).join(',\n');
    return `  {"name": ${JSON.stringify(name)},\n   "status": ${JSON.stringify(status)},\n   "vectors": [\n${rows}]}`;
  });
  const [family, at] = [JSON.stringify(head.family), head.now];
  return `{"family": ${family},\n "now": ${at},\n "callers": ${JSON.stringify(head.callers)},\n "situations": [\n${lines.join(',\n')}]}\n`;
}
