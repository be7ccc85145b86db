import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { type ProfileName, profileNames } from '../statecharts/profiles/profile.ts';
import { groundOf } from '../statecharts/verify/ground.ts';
import { verdictOn } from '../statecharts/verify/killer.ts';
import { mutantsOf } from '../statecharts/verify/mutants.ts';
import { reasonOf } from '../statecharts/verify/survivors.ts';
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
  /** Of mutants: how many there are, and those that nothing kills. */
  readonly tried: number;
  readonly survivors: readonly Survivor[];
}
interface Survivor {
  readonly id: string;
  /** Where it does otherwise than the right chart; null when nowhere. */
  readonly unlike: string | null;
}

const modes = [['--mutants', killMutants] as const, ['--coverage', cover] as const];
if (isMainThread) process.exitCode = (await (modes.find(([flag]) => process.argv.includes(flag))?.[1] ?? verify)()) ? 0 : 1;
else if (isTask(workerData)) parentPort?.postMessage(work(workerData));

/** Not one of `cover`, which answers for itself. */
function isTask(data: unknown): data is Task {
  return typeof data === 'object' && data !== null && 'profile' in data;
}

function work({ profile, mutants }: Task): Answer {
  if (!mutants) return { findings: verifyChart(equipmentChart(profile).config, profile), tried: 0, survivors: [] };
  const ground = groundOf(profile);
  const all = mutantsOf(ground.table, profile);
  const survivors = all.flatMap(mutant => {
    const { killer, unlike } = verdictOn(mutant, ground);
    return killer === null ? [{ id: mutant.id, unlike }] : [];
  });
  return { findings: [], tried: all.length, survivors };
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

/** Every wrong change to a transition of every family, three minutes of processor time; a line per family and survivor. True when enough are found, and each other explained. */
async function killMutants(): Promise<boolean> {
  const answers = await ofEveryFamily(true);
  for (const [profile, answer] of answers) tellShare(profile.padEnd(8), answer.tried, answer.survivors.length);
  const survivors = [...answers.values()].flatMap(answer => answer.survivors);
  const unexplained = survivors.filter(survivor => !tellSurvivor(survivor));
  const tried = [...answers.values()].reduce((sum, answer) => sum + answer.tried, 0);
  const percent = tellShare('all     ', tried, survivors.length);
  if (unexplained.length > 0) console.log(`${unexplained.length} of those that survive are not explained`);
  return answers.size === profileNames.length && percent >= enough && unexplained.length === 0;
}

function tellShare(name: string, tried: number, survive: number): number {
  const percent = (100 * (tried - survive)) / tried;
  console.log(`${name}${tried} mutants, ${tried - survive} killed, ${survive} survive (${percent.toFixed(1)} % killed)`);
  return percent;
}

/** True when it is the right chart in other words, and somebody has said why. */
function tellSurvivor({ id, unlike }: Survivor): boolean {
  const reason = reasonOf(id);
  console.log(`survives: ${id}: ${unlike === null ? (reason ?? 'NOT EXPLAINED') : `DIFFERS, by ${unlike}`}`);
  return unlike === null && reason !== null;
}
