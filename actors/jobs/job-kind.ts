import { type JobContext, type JobInput, jobChart, jobChartIdentity, toJobStatus } from '../../statecharts/job/chart.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import type { Chart, ChartState } from '../system/chart.ts';

/** The job chart as the runtime runs it: it takes events only, no commands. */
export function jobKind(input: JobInput): Chart<JobStatus> {
  return {
    ...jobChartIdentity,
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

/** A job has no effects. */
const noRecorders: Chart['recorders'] = () => ({});

/** The facts of a job's state. */
export function jobContextOf(state: ChartState): JobContext {
  return state.context as JobContext;
}

/** A job's beginnings, read back from its status document. */
export function inputFromStatus(status: JobStatus): JobInput {
  const { actor, name, file, equipment, createdBy } = status;
  return { id: actor.slice('job/'.length), name, file, equipment, createdBy };
}
