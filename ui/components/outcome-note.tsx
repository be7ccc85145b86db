import type { CommandResult } from '../client/commands.ts';
import { useCell, useServices } from './hooks.ts';
import { Icon } from './icon.tsx';
import { useWhy } from './why.ts';

const said: Readonly<Record<string, string>> = {
  refused: 'was refused.',
  'stale-view': 'was not done: the machine had changed since this page last heard of it. Look, then press again.',
  expired: 'came too late and was not done.',
  busy: 'was not done: the machine is busy with another command.',
  'journal-unavailable': 'was not done: the database is away, and it could not be journaled.',
  'database-away': 'was not done: the database is away, and it could not be journaled.',
  'owner-silent': 'was not answered by the machine host. It may or may not have been done: look at the machine.',
  indeterminate: 'may or may not have been done: look at the machine.',
  'no-answer': 'was not answered. It may or may not have been done: look at the machine.',
  'not-sent': 'was not sent: there is no connection.',
  'unknown-target': 'was not done: this machine is not known any more.',
};

/** What became of the last command that was not simply accepted; stays until dismissed or until the next one works. */
export function OutcomeNote() {
  const { commands } = useServices();
  const trouble = useCell(commands.trouble);
  const why = useWhy();
  if (!trouble) return null;
  const label = trouble.command === 'STOP' ? 'END JOB' : trouble.command;
  return (
    <div class="outcome" role="alert">
      <Icon name="refused" />
      <p>
        <b>{label}</b> {outcomeText(trouble)} <code>{trouble.outcome}</code>
      </p>
      {trouble.reasons.length > 1 && (
        <button type="button" class="btn" onClick={() => why({ equipment: trouble.equipment, command: trouble.command, label })}>
          All reasons
        </button>
      )}
      <button type="button" class="close" aria-label="Dismiss" onClick={() => commands.trouble.set(null)}>
        <Icon name="close" size="s" />
      </button>
    </div>
  );
}

function outcomeText(result: CommandResult): string {
  const first = result.reasons[0]?.message;
  const what = said[result.outcome] ?? 'was not done.';
  return first ? `${what} ${first}` : what;
}
