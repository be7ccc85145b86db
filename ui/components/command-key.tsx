import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { useCell, useServices } from './hooks.ts';
import { useVerdict } from './verdicts.ts';
import { useWhy } from './why.ts';

interface CommandKeyProps {
  readonly equipment: string;
  readonly command: CommandName;
  /** The accessible name. */
  readonly label: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly class?: string;
  /** What the key shows; the label when absent. */
  readonly children?: ComponentChildren;
  /** The small line while the command is possible. */
  readonly hint?: string;
  /** Keys too small for a reason line still tell it to readers and on a press. */
  readonly compact?: boolean;
  /** What the person has not said yet; a press then asks for it instead of sending. */
  readonly lacks?: { readonly what: string; readonly ask: () => void } | undefined;
  /** The command still needs a choice: a press opens it instead of sending. */
  readonly opens?: { readonly open: boolean; readonly toggle: () => void };
}

/** A key for one command. Never mute: what cannot be done stays in place with its reason, and a press opens all of them. */
export function CommandKey(props: CommandKeyProps) {
  const { equipment, command, label, args = {} } = props;
  const { commands } = useServices();
  const verdict = useVerdict(equipment, props.args ? { command, args } : { command });
  const busy = useCell(commands.pending).has(`${equipment} ${command}`);
  const why = useWhy();
  const reasonId = useId();
  const press = (): void => {
    if (!verdict.allowed) why({ equipment, command, label, ...(props.args ? { args } : {}) });
    else if (props.opens) props.opens.toggle();
    else if (props.lacks) props.lacks.ask();
    else if (!busy) void commands.ask({ equipment, command, args });
  };
  const line = verdict.allowed ? (busy ? 'sent …' : (props.lacks?.what ?? props.hint)) : reasonLine(verdict.reasons);
  return (
    <button
      type="button"
      class={props.class ?? 'btn btn--touch'}
      aria-label={label}
      aria-disabled={verdict.allowed && !props.lacks ? undefined : 'true'}
      aria-describedby={line ? reasonId : undefined}
      aria-expanded={verdict.allowed ? props.opens?.open : undefined}
      aria-haspopup={verdict.allowed ? undefined : 'dialog'}
      onClick={press}
    >
      <span class="key__words">
        {props.children ?? label}
        {line && (
          <small id={reasonId} class={props.compact ? 'hidden' : undefined}>
            {line}
          </small>
        )}
      </span>
    </button>
  );
}

/** "The machine is in Idle; this needs Held.": a key has room for the missing part, or for the present one when that is long. */
const needs = /is in (.+); this needs (.+)\.$/;
const roomForNeeds = 26;

/** One reason in few words, more than one as a count. */
function reasonLine(reasons: readonly Reason[]): string {
  const [first] = reasons;
  if (!first) return 'not possible';
  if (reasons.length > 1) return `${reasons.length} reasons why not`;
  const [, present, missing] = needs.exec(first.message) ?? [];
  if (missing === undefined) return first.message.replace(/\.$/, '');
  return missing.length <= roomForNeeds ? `needs ${missing}` : `not while ${present}`;
}
