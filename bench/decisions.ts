import { decideFor } from '../statecharts/equipment/decide.ts';
import { toStatus } from '../statecharts/equipment/project.ts';
import { arrival, bench, mara, preparation, running } from '../statecharts/equipment/test-bench.ts';
import { commandsOf } from '../statecharts/profiles/rules.ts';
import { header } from './measure.ts';

/** Decisions per second that a page or an owner must be able to make, and bytes of a status document with its decisions. */
const wanted = { perSecond: 50_000, bytes: 8_000 };
const rounds = 2_000;
const commands = commandsOf('motion');
const meta = { seq: 1, decisionSeq: 1, at: 1_000 };

const statuses = Object.entries({ 'just connected': arrival, ready: preparation, running, 'never connected': [] }).map(
  ([name, events]) => ({
    name,
    status: toStatus({ context: bench(events).facts() }, meta),
  }),
);

header('decisions: decideFor of every command for one caller, and the size of a status document');
let ok = true;
for (const { name, status } of statuses) {
  const started = performance.now();
  let allowed = 0;
  for (let i = 0; i < rounds; i++) for (const command of commands) if (decideFor(status, mara, command, 1_000).allowed) allowed += 1;
  const perSecond = (rounds * commands.length * 1_000) / (performance.now() - started);
  const bytes = Buffer.byteLength(JSON.stringify(status));
  ok &&= perSecond >= wanted.perSecond && bytes <= wanted.bytes;
  console.log(
    `${name.padEnd(16)} ${Math.round(perSecond).toLocaleString('en')} decisions/s, ${allowed / rounds} allowed, status ${bytes} bytes`,
  );
}
console.log(ok ? 'within the budget' : `NOT within ${wanted.perSecond} decisions/s and ${wanted.bytes} bytes`);
process.exitCode = ok ? 0 : 1;
