import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type ProfileName, profileNames } from '../statecharts/profiles/profile.ts';
import { type Coverage, coverageOf } from '../statecharts/verify/coverage.ts';

if (!isMainThread && (workerData as { cover?: unknown } | null)?.cover !== undefined)
  parentPort?.postMessage(coverageOf((workerData as { cover: ProfileName }).cover));

/** `npm run verify -- --coverage`: what the exploration of each family met, and what it never did. True when each of that is explained. */
export async function cover(): Promise<boolean> {
  const queue: ProfileName[] = ['printer', 'laser', 'motion', 'process', 'switch'];
  const answers = new Map<ProfileName, Coverage>();
  const serve = async () => {
    for (let profile = queue.shift(); profile; profile = queue.shift()) answers.set(profile, await answerOf(profile));
  };
  await Promise.all([serve(), serve()]);
  return profileNames
    .map(profile => answers.get(profile))
    .map(tell)
    .every(sound => sound);
}

function answerOf(cover: ProfileName): Promise<Coverage> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { cover } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const words = {
  states: 'states entered',
  transitions: 'transitions taken',
  guards: 'guards both ways',
  restrictions: 'restrictions both ways',
};

function tell(coverage: Coverage | undefined): boolean {
  if (!coverage) return false;
  const { profile, counts, unmet, idle } = coverage;
  for (const { kind, met, all } of counts) console.log(`${profile.padEnd(8)}${words[kind]}: ${met} of ${all}`);
  for (const why of new Set(unmet.map(one => one.why))) {
    const names = unmet.filter(one => one.why === why).map(one => one.name);
    console.log(`${profile.padEnd(8)}never met: ${names.join('; ')}: ${why ?? 'NOT EXPLAINED'}`);
  }
  for (const what of idle) console.log(`${profile.padEnd(8)}explained, but met or no more: ${what}`);
  return idle.length === 0 && unmet.every(({ why }) => why !== null);
}
