import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';

/** S13: a job hears what becomes of its run, each once, and a run that nobody watched is interrupted. */
export function checkJob({ before, event, after }: Trial, table: ChartTable): string | null {
  if (!table.regions.some(region => region.name === 'execution')) return null;
  const told = (after?.effects ?? []).flatMap(effect => (effect.type === 'job.tell' ? [effect.event.type] : []));
  const expected = tellings({ before, event, after });
  if (told.join() !== expected.join())
    return `${event.type} tells the job ${told.join(', ') || 'nothing'}, not ${expected.join(', ') || 'nothing'}`;
  const result = after?.facts.run?.result;
  if (event.type === 'program.ended' && expected.length > 0 && result !== event.outcome.result) return 'the end of the run is not noted';
  if (isUnwatched({ before, event, after }) && result !== 'interrupted') return `${event.type} leaves a run that nobody watched`;
  return null;
}

function tellings({ before: { facts }, event, after }: Pick<Trial, 'before' | 'event' | 'after'>): readonly string[] {
  const from = facts.regions.execution;
  const to = after?.facts.regions.execution ?? from;
  switch (event.type) {
    case 'LOAD_JOB':
      return after ? ['job.unloaded', 'job.loaded'] : [];
    case 'UNLOAD_JOB':
      return after ? ['job.unloaded'] : [];
    case 'program.started':
      return to === 'Execute' && from === 'Starting' ? ['job.started'] : [];
    case 'program.ended':
      return facts.run?.job === event.outcome.job ? ['job.ended'] : [];
    default:
      if (isUnwatched({ before: { value: [], facts }, event, after })) return ['job.ended'];
      if (from !== to && (to === 'Held' || to === 'Suspended')) return ['job.held'];
      return from !== 'Starting' && from !== to && to === 'Execute' ? ['job.resumed'] : [];
  }
}

/** Another owner begins, and does not go on with the program where the last one left it. */
function isUnwatched({ before: { facts }, event }: Pick<Trial, 'before' | 'event' | 'after'>): boolean {
  if (facts.run?.result !== 'running') return false;
  return event.type === 'authority.acquired' || (event.type === 'authority.continued' && facts.regions.execution !== 'Execute');
}
