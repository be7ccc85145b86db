/**
 * What becomes of a supervisor's children when one of them ends, as a pure decision. Vocabulary and rules are those of Erlang/OTP's
 * supervisor (https://www.erlang.org/doc/system/sup_princ.html); back-off and pause are ours, because a machine that does not answer
 * today may answer in an hour, and because a broken machine must not take the sound one beside it down.
 */

/** Who else is restarted: nobody, all, or those that were started after the one that ended. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** `permanent`: always restarted. `transient`: only after an error. `temporary`: never, also not for the sake of another. */
export type Restart = 'permanent' | 'transient' | 'temporary';

/** `normal`: it was done. `shutdown`: it was asked to end. `error`: it failed, also while starting. */
export type Exit = 'normal' | 'shutdown' | 'error';

export interface ChildSpec {
  readonly id: string;
  readonly restart: Restart;
}

export interface SupervisorSpec {
  readonly strategy: Strategy;
  /** More restarts than this within the period, in ms, and the supervisor no longer believes in restarting. */
  readonly intensity: { readonly restarts: number; readonly periodMs: number };
  readonly backOff: BackOff;
  /** What it does then: `escalate` ends all children and tells the parent; `pause` waits long before each further try. */
  readonly beyond: { readonly do: 'escalate' } | { readonly do: 'pause'; readonly ms: number };
}

export interface BackOff {
  /** Wait before the first restart, doubled for each further one up to the longest; 0 restarts at once, as OTP does. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** A child that ran for so long was sound: the next wait is the first again. */
  readonly stableMs: number;
}

/** Everything the decision reads. Times are monotonic ms. */
export interface ChildExit {
  readonly id: string;
  readonly exit: Exit;
  readonly now: number;
  /** How long it ran; 0 when it did not start. */
  readonly ranMs: number;
  /** Its restarts since it was last stable. */
  readonly attempts: number;
  /** 0 to 1. */
  readonly random: number;
}

export type ExitDecision =
  /** `forget`: it leaves the list of children. */
  | { readonly do: 'leave'; readonly forget: boolean }
  | {
      readonly do: 'restart';
      /** To be ended first, in this order: the reverse of their start. */
      readonly stop: readonly string[];
      /** To be started after the wait, in this order. */
      readonly start: readonly string[];
      readonly delayMs: number;
      readonly attempts: number;
      readonly restarts: readonly number[];
      /** Beyond the intensity. */
      readonly paused: boolean;
    }
  | { readonly do: 'escalate'; readonly stop: readonly string[] };

/** Decides. `children` in the order of their start; `restarts`: when this supervisor restarted anything before. */
export function decideExit(
  spec: SupervisorSpec,
  { children, restarts }: { readonly children: readonly ChildSpec[]; readonly restarts: readonly number[] },
  ended: ChildExit,
): ExitDecision {
  const child = children.find(one => one.id === ended.id);
  if (!child || !isRestarted(child.restart, ended.exit)) return { do: 'leave', forget: child?.restart === 'temporary' };
  const recent = [...restarts.filter(at => ended.now - at <= spec.intensity.periodMs), ended.now];
  const exceeded = recent.length > spec.intensity.restarts;
  if (exceeded && spec.beyond.do === 'escalate') return { do: 'escalate', stop: inReverse(children.filter(one => one !== child)) };
  const affected = affectedBy(spec.strategy, children, child);
  const attempts = ended.ranMs >= spec.backOff.stableMs ? 1 : ended.attempts + 1;
  return {
    do: 'restart',
    stop: inReverse(affected.filter(one => one !== child)),
    start: affected.filter(one => one.restart !== 'temporary').map(one => one.id),
    delayMs: exceeded && spec.beyond.do === 'pause' ? spec.beyond.ms : waitOf(spec.backOff, attempts, ended.random),
    attempts,
    // As many as the intensity needs to be judged by.
    restarts: recent.slice(-spec.intensity.restarts - 1),
    paused: exceeded,
  };
}

function isRestarted(restart: Restart, exit: Exit): boolean {
  return restart === 'permanent' || (restart === 'transient' && exit === 'error');
}

function affectedBy(strategy: Strategy, children: readonly ChildSpec[], child: ChildSpec): readonly ChildSpec[] {
  switch (strategy) {
    case 'one-for-one':
      return [child];
    case 'one-for-all':
      return children;
    case 'rest-for-one':
      return children.slice(children.indexOf(child));
  }
}

/** Between three and five quarters of the doubled wait, so that many children that fell together do not come back together. */
function waitOf({ firstMs, longestMs }: BackOff, attempts: number, random: number): number {
  return Math.min(firstMs * 2 ** (attempts - 1), longestMs) * (0.75 + random / 2);
}

function inReverse(children: readonly ChildSpec[]): string[] {
  return children.map(one => one.id).reverse();
}
