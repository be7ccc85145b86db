import { type JobContext, type JobInput, jobChart, jobChartIdentity, toJobStatus } from '../../statecharts/job/chart.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import type { ChartMigration } from '../../statecharts/migrations.ts';
import type { Chart, ChartState } from '../system/chart.ts';

/** The job chart as the runtime runs it: it takes events only, no commands. */
export function jobKind(input: JobInput): Chart<JobStatus> {
  return {
    ...jobChartIdentity,
    migrations: jobMigrations,
    flaw: state => (jobContextOf(state).state === state.value ? null : 'Its facts say another state.'),
    machine: jobChart,
    input,
    recorders: noRecorders,
    effectClass: () => 'idempotent',
    isStopLike: () => false,
    toEvent: ({ command }, at) => ({ type: command, at }),
    decide: () => [{ code: 'unknown-command', message: 'A job takes no commands; its equipment does.' }],
    decisionDigest: state => jobContextOf(state).state,
    toStatus: (state, frame) => toJobStatus({ context: jobContextOf(state) }, frame),
  };
}

/** From each released form of the job chart to the next; 1.0.0 is the only one so far. */
export const jobMigrations: readonly ChartMigration[] = [];

/** A job has no effects. */
const noRecorders: Chart['recorders'] = () => ({});

/** The facts of a job's state. */
export function jobContextOf(state: Pick<ChartState, 'context'>): JobContext {
  return state.context as JobContext;
}

/** A job's beginnings, read back from its status document. */
export function inputFromStatus(status: JobStatus): JobInput {
  const { actor, name, file, equipment, createdBy } = status;
  return { id: actor.slice('job/'.length), name, file, equipment, createdBy };
}
