import { assign, setup } from 'xstate';
import { type ChartIdentity, chartIdentity } from '../chart-hash.ts';
import type { ProgramOutcome } from '../equipment/reports.ts';
import type { Check, JobStatus } from './status.ts';

/** What a job is from its first moment: one run of one file on one equipment. */
export interface JobInput {
  /** Without the kind. */
  readonly id: string;
  readonly name: string;
  readonly file: JobStatus['file'];
  /** Id of the equipment. */
  readonly equipment: string;
  /** Id of the person. */
  readonly createdBy: string;
}

/** Times are ms since 1970 and come from events. */
export interface JobContext {
  readonly input: JobInput;
  readonly state: JobStatus['state'];
  readonly since: number;
  readonly check: Check | null;
  readonly run: JobStatus['run'];
}

/** `job.checked` comes from the node that holds the file, the others from the equipment by its effect `job.tell`. */
export type JobEvent =
  | { readonly type: 'job.checked'; readonly check: Check; readonly at: number }
  | { readonly type: 'job.loaded'; readonly equipment: string; readonly at: number }
  | { readonly type: 'job.unloaded'; readonly equipment: string; readonly at: number }
  | { readonly type: 'job.started'; readonly equipment: string; readonly at: number; readonly by?: string }
  | { readonly type: 'job.held'; readonly equipment: string; readonly at: number }
  | { readonly type: 'job.resumed'; readonly equipment: string; readonly at: number }
  | {
      readonly type: 'job.ended';
      readonly equipment: string;
      readonly at: number;
      readonly by?: string;
      readonly outcome: ProgramOutcome;
    };

type Actions = { enter: { state: JobStatus['state'] }; noteCheck: undefined; beginRun: undefined; endRun: undefined };
type Guards = { passed: undefined; result: { is: ProgramOutcome['result'] } };
type NoMap = Record<never, never>;

const jobSetup = setup<JobContext, JobEvent, NoMap, NoMap, Actions, Guards, never, string, JobInput>({
  guards: {
    passed: ({ event }) => event.type === 'job.checked' && event.check.ok,
    result: ({ event }, { is }) => event.type === 'job.ended' && event.outcome.result === is,
  },
  actions: {
    enter: assign<JobContext, JobEvent, Actions['enter'], JobEvent, never>(({ context, event }, { state }) => ({
      state,
      since: 'at' in event ? event.at : context.since,
    })),
    noteCheck: assign<JobContext, JobEvent, undefined, JobEvent, never>(({ event }) =>
      event.type === 'job.checked' ? { check: event.check } : {},
    ),
    beginRun: assign<JobContext, JobEvent, undefined, JobEvent, never>(({ context, event }) => ({ run: started(context, event) })),
    endRun: assign<JobContext, JobEvent, undefined, JobEvent, never>(({ event }) =>
      event.type === 'job.ended' ? { run: ended(event) } : {},
    ),
  },
});

const enter = (state: JobStatus['state']) => ({ type: 'enter', params: { state } }) as const;
const over = (is: ProgramOutcome['result']) => ({ guard: { type: 'result', params: { is } }, target: is, actions: 'endRun' }) as const;
const ends = [over('complete'), over('stopped'), over('aborted'), over('failed'), over('interrupted')] as const;

/** The life of a job [JB1]: checked before anything else, run at most once; after its end nothing changes its result. */
export const jobChart = jobSetup.createMachine({
  id: 'job',
  version: '1.0.0',
  context: ({ input }) => ({ input, state: 'checking', since: 0, check: null, run: null }),
  initial: 'checking',
  states: {
    checking: {
      entry: enter('checking'),
      on: {
        'job.checked': [
          { guard: 'passed', target: 'ready', actions: 'noteCheck' },
          { target: 'refused', actions: 'noteCheck' },
        ],
      },
    },
    ready: { entry: enter('ready'), on: { 'job.loaded': { target: 'loaded' } } },
    refused: { entry: enter('refused') },
    loaded: {
      entry: enter('loaded'),
      on: {
        'job.unloaded': { target: 'ready' },
        'job.started': { target: 'running', actions: 'beginRun' },
        // The machine's own hold button can come before its first line was answered.
        'job.held': { target: 'held', actions: 'beginRun' },
        'job.resumed': { target: 'running', actions: 'beginRun' },
        'job.ended': ends,
      },
    },
    running: { entry: enter('running'), on: { 'job.held': { target: 'held' }, 'job.ended': ends } },
    held: { entry: enter('held'), on: { 'job.resumed': { target: 'running' }, 'job.ended': ends } },
    complete: { entry: enter('complete') },
    stopped: { entry: enter('stopped') },
    aborted: { entry: enter('aborted') },
    failed: { entry: enter('failed') },
    // What is known of the lines may come later than the news of the interruption.
    interrupted: { entry: enter('interrupted'), on: { 'job.ended': { actions: 'endRun' } } },
  },
});

/** Identity of the job chart of this build. */
export const jobChartIdentity: ChartIdentity = chartIdentity(jobChart);

/** The status document of a job. Pure. */
export function toJobStatus(
  snapshot: { readonly context: JobContext },
  meta: { readonly seq: number; readonly epoch: number; readonly at: number },
): JobStatus {
  const { input, state, since, check, run } = snapshot.context;
  const { id, name, file, equipment, createdBy } = input;
  const { seq, epoch, at } = meta;
  return { v: 1, actor: `job/${id}`, seq, epoch, at, chart: jobChartIdentity, name, file, equipment, state, since, check, run, createdBy };
}

function started(context: JobContext, event: JobEvent): JobStatus['run'] {
  const by = 'by' in event && event.by !== undefined ? { by: event.by } : {};
  return { job: context.input.id, result: 'running', sent: 0, acknowledged: 0, total: context.check?.lines ?? 0, at: event.at, ...by };
}

function ended(event: Extract<JobEvent, { type: 'job.ended' }>): JobStatus['run'] {
  const { uncertain, error, ...numbers } = event.outcome;
  return {
    ...numbers,
    at: event.at,
    ...(uncertain ? { uncertain: [uncertain[0], uncertain[1]] } : {}),
    ...(error ? { error: { ...error } } : {}),
    ...(event.by === undefined ? {} : { by: event.by }),
  };
}
