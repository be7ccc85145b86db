import type { Caller } from '../caller.ts';
import type { SiteFacts } from '../site/fact.ts';
import type { SiteRule } from '../site/rule.ts';
import type { CommandArgs, CommandName } from './commands.ts';
import type { DueItem, EquipmentInput, JobFacts, Named } from './context.ts';
import type { Report } from './reports.ts';

/**
 * What the owner looks up for a command that needs it: for LOAD_JOB the job if it is ready for this equipment, for HAND_OVER the person
 * if there is one who may operate machines; else null.
 */
export interface CommandFacts {
  readonly job?: JobFacts | null;
  readonly person?: Named | null;
}

/** A command as the owner hands it to the chart: caller verified, arguments parsed, time of the owner's clock. */
export type CommandEvent<N extends CommandName = CommandName> = {
  readonly [K in N]: {
    readonly type: K;
    readonly args: CommandArgs<K>;
    readonly caller: Caller;
    readonly at: number;
    readonly commandId: string;
    readonly facts?: CommandFacts;
  };
}[N];

/** A report with the time at which the owner took it. */
export type ReportEvent = Report & { readonly at: number };

export type TimerEvent = { readonly type: 'timer.fired'; readonly id: string; readonly at: number };

/**
 * Who may act. `acquired` begins an activation: connection, safety and execution are proven again from nothing. `input` replaces the
 * static facts when the snapshot was restored and the configuration has changed since.
 */
export type AuthorityEvent =
  | { readonly type: 'authority.acquired'; readonly epoch: number; readonly at: number; readonly input?: EquipmentInput }
  /**
   * Begins the activation that follows a planned hand-over: the device was verified and is as the last owner left it, every line before
   * `fromLine` (1-based, of the cleaned program) acknowledged. Whatever is not so begins with `acquired`.
   */
  | {
      readonly type: 'authority.continued';
      readonly epoch: number;
      readonly fromLine: number;
      readonly at: number;
      readonly input?: EquipmentInput;
    }
  | { readonly type: 'authority.losing'; readonly at: number }
  | { readonly type: 'authority.lost'; readonly at: number };

/** The stop key. `written`: the stop byte is already with the operating system. Never refused. */
export type StopEvent = {
  readonly type: 'stop.pressed';
  readonly stopId: string;
  readonly by: string;
  readonly byName: string;
  readonly at: number;
  readonly written: boolean;
};

/** Services around the equipment; code `database` refuses everything that is not stop-like. */
export type ServiceEvent =
  | { readonly type: 'service.degraded'; readonly code: string; readonly message: string; readonly at: number }
  | { readonly type: 'service.restored'; readonly code: string; readonly at: number };

/** What is around the equipment, found out by the owner and said whole whenever it changes. */
export type SiteEvent =
  | { readonly type: 'site.changed'; readonly rules: readonly SiteRule[]; readonly facts: SiteFacts; readonly at: number }
  | { readonly type: 'service.due'; readonly items: readonly DueItem[]; readonly at: number }
  /** The last session of the person in control went away, or one is back. */
  | { readonly type: 'holder.gone'; readonly at: number }
  | { readonly type: 'holder.back'; readonly at: number };

export type EquipmentEvent = CommandEvent | ReportEvent | TimerEvent | AuthorityEvent | StopEvent | ServiceEvent | SiteEvent;
