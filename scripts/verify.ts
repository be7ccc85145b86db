import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { type ProfileName, profileNames } from '../statecharts/profiles/profile.ts';
import { compile } from '../statecharts/verify/compile.ts';
import { killerOf, mutantsOf } from '../statecharts/verify/mutants.ts';
import { type Finding, verifyChart } from '../statecharts/verify/verify.ts';
import { cover } from './verify-coverage.ts';

const folder = 'build/verify';
/** Per cent of the wrong changes that must be found. */
const enough = 97;
/** The largest first, so that both processors are busy to the end. */
const order: readonly ProfileName[] = ['printer', 'laser', 'motion', 'process', 'switch'];

interface Task {
  readonly profile: ProfileName;
  readonly mutants: boolean;
}
interface Answer {
  readonly findings: readonly Finding[];
  /** Of mutants: how many there are, and the names of those that nothing kills. */
  readonly tried: number;
  readonly survivors: readonly string[];
}

const modes = [['--mutants', killMutants] as const, ['--coverage', cover] as const];
if (isMainThread) process.exitCode = (await (modes.find(([flag]) => process.argv.includes(flag))?.[1] ?? verify)()) ? 0 : 1;
else parentPort?.postMessage(work(workerData as Task));

function work({ profile, mutants }: Task): Answer {
  const { config } = equipmentChart(profile);
  if (!mutants) return { findings: verifyChart(config, profile), tried: 0, survivors: [] };
  const all = mutantsOf(compile(config), profile);
  return { findings: [], tried: all.length, survivors: all.flatMap(mutant => (killerOf(mutant) === null ? [mutant.id] : [])) };
}

/** Every family, two at a time; the answers in the order of the families. */
async function ofEveryFamily(mutants: boolean): Promise<ReadonlyMap<ProfileName, Answer>> {
  const answers = new Map<ProfileName, Answer>();
  const queue = [...order];
  const serve = async () => {
    for (let profile = queue.shift(); profile; profile = queue.shift()) answers.set(profile, await answerOf({ profile, mutants }));
  };
  await Promise.all([serve(), serve()]);
  return new Map(profileNames.flatMap(name => (answers.has(name) ? [[name, answers.get(name) as Answer]] : [])));
}

function answerOf(task: Task): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** One line per family and invariant; the way to a violation is drawn beside it. True when all hold. */
async function verify(): Promise<boolean> {
  const answers = await ofEveryFamily(false);
  for (const [profile, { findings }] of answers) for (const finding of findings) tell(profile, finding);
  return answers.size === profileNames.length && [...answers.values()].every(({ findings }) => findings.every(finding => finding.ok));
}

function tell(profile: ProfileName, { id, line, drawing }: Finding): void {
  console.log(`${profile.padEnd(8)}${line}`);
  if (drawing === null) return;
  const file = join(folder, `${profile}-${id}.svg`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, drawing);
  console.log(`   drawn in ${file}`);
}

/** Every wrong change to a transition of a command of every family, some minutes; a line per survivor. True when enough are found. */
async function killMutants(): Promise<boolean> {
  const answers = [...(await ofEveryFamily(true)).values()];
  const survivors = answers.flatMap(answer => answer.survivors);
  for (const id of survivors) console.log(`survives: ${id}`);
  const tried = answers.reduce((sum, answer) => sum + answer.tried, 0);
  const percent = (100 * (tried - survivors.length)) / tried;
  console.log(`${tried - survivors.length} of ${tried} mutants killed (${percent.toFixed(1)} %)`);
  return percent >= enough;
}
