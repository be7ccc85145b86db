import type { HandOver } from '../../machines/driver.ts';
import type { Progress as ProgressFile } from '../../machines/progress.ts';
import type { Progress } from '../../statecharts/equipment/project.ts';

/** Who could know how far a run came: the last owner itself, the file that its driver left here, the last checkpoint in the journal. */
export interface Witnesses {
  readonly left: HandOver | null;
  readonly file: ProgressFile | null;
  readonly checkpoint: Progress | null;
  /** The journal names the job of the file; runs of earlier lives stay in it as they were cut off. */
  readonly fileIsKnown: boolean;
  /** Other nodes may have driven it: a file here need not know its runs. */
  readonly shared: boolean;
}

/** What the journal and the progress file tell differently about one run, in a sentence and in their own words. */
export interface Disagreement {
  readonly sentence: string;
  readonly file: ProgressFile | null;
  readonly checkpoint: Progress | null;
}

/** How far the program of a job had come when its owner died; null when nobody wrote it down. */
export function cutOffRun(job: string, { left, file, checkpoint }: Witnesses): ReturnType<typeof interruptedAt> | null {
  if (left?.job === job) return interruptedAt({ ...left, sent: left.acknowledged });
  const told = checkpoint?.job === job ? checkpoint : null;
  // `interrupted` stands there when this node let the machine go and nobody could be told.
  const own = file?.job === job && (file.ended === null || file.ended === 'interrupted') ? file : null;
  // A file that is behind the journal has lost its last second with the power: nobody knows what was sent in it.
  if (own && (!told || own.acknowledged >= told.acknowledged)) return interruptedAt(own);
  return told ? interruptedElsewhere(told) : null;
}

/**
 * After a power cut both are whole and each as old as its last sync. `running`: the job that runs by the journal, or null. Nothing is
 * said when the file is ahead by what one checkpoint leaves open, as after every other death.
 */
export function disagreement(running: string | null, { left, file, checkpoint, fileIsKnown, shared }: Witnesses): Disagreement | null {
  if (left || (shared && file?.job !== running)) return null;
  const say = (sentence: string) => ({ sentence, file, checkpoint });
  const open = file !== null && file.ended === null ? file : null;
  if (running === null) {
    if (!open || fileIsKnown) return null;
    return say(`The progress file tells of a run of ${open.job} up to line ${open.sent} that the journal does not know.`);
  }
  if (checkpoint?.job !== running) return null;
  if (file?.job !== running) return say(`The journal tells of a run of ${running}, of which the progress file knows nothing.`);
  if (file.acknowledged >= checkpoint.acknowledged) return null;
  const [by, here] = [checkpoint.acknowledged, file.acknowledged];
  return say(`By the journal line ${by} of ${running} was acknowledged, by the progress file only line ${here}.`);
}

export function interruptedAt({ job, sent, acknowledged, total }: Progress) {
  const uncertain = sent > acknowledged ? { uncertain: [acknowledged + 1, sent] as const } : {};
  return { job, result: 'interrupted', sent, acknowledged, total, ...uncertain } as const;
}

/** The file is elsewhere, or lost its end: any line after the last checkpoint may have been executed. */
export function interruptedElsewhere(checkpoint: Progress) {
  return { ...interruptedAt(checkpoint), uncertain: [checkpoint.acknowledged + 1, checkpoint.total] as const };
}
