import type { Reason } from '../../statecharts/refusal.ts';
import { remedyOf } from '../client/remedies.ts';
import { CommandKey } from './command-key.tsx';
import { useMe, useNow, useServices, useTopics } from './hooks.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { useStatus } from './verdicts.ts';

/** What to do about a reason: a key where one press does it, a way there, or words where a choice or a hand is needed. */
export function Remedy({ reason, equipment }: { reason: Reason; equipment: string }) {
  const { session } = useServices();
  const status = useStatus(equipment);
  const remedy = remedyOf(reason, equipment, status, { me: useMe(), now: useNow(1_000) });
  const text = (remedy.kind === 'command' ? remedy.text : undefined) ?? reason.remedy?.text ?? '';
  // The key decides over the status of the equipment that it commands, which may be another than this page's.
  useTopics(remedy.kind === 'command' && remedy.equipment !== equipment ? [`equipment/${remedy.equipment}/status`] : []);
  switch (remedy.kind) {
    case 'presence':
      return (
        <>
          {remedy.at === null && <p>{text}</p>}
          <button type="button" class="btn btn--touch" onClick={() => void session.statePresence(remedy.at)}>
            {remedy.text}
            <Icon name="go" size="s" />
          </button>
        </>
      );
    case 'command':
      return (
        <CommandKey equipment={remedy.equipment} command={remedy.command} {...(remedy.args ? { args: remedy.args } : {})} label={text}>
          <span class="remedy">
            {text}
            <Icon name="go" size="s" />
          </span>
        </CommandKey>
      );
    case 'page':
      return (
        <>
          {text && <p>{text}</p>}
          <Link to={remedy.to} class="btn btn--touch">
            {remedy.text}
            <Icon name="go" size="s" />
          </Link>
        </>
      );
    case 'words':
      return text ? <p>{text}</p> : null;
  }
}
