import { useState } from 'preact/hooks';
import type { RuleVersion } from '../../gateway/contract/site.ts';
import { momentText } from '../client/people.ts';
import { listVersions } from '../client/rules.ts';
import { onLossWords } from '../client/site-rules.ts';
import { Icon } from './icon.tsx';
import { RoleKey } from './role-key.tsx';
import { Trouble } from './trouble.tsx';
import { useListing } from './use-listing.ts';

interface RuleItemProps {
  readonly rule: RuleVersion;
  readonly change: () => void;
  readonly setInForce: (active: boolean) => void;
}

/** One rule: its sentence, where it counts, whether it is in force, and who said so when. */
export function RuleItem({ rule, change, setInForce }: RuleItemProps) {
  const [history, setHistory] = useState(false);
  const { active } = rule;
  return (
    <li class={active ? 'rule rule--on' : 'rule'} aria-label={rule.id}>
      <Icon name={active ? 'check' : 'st-stopped'} />
      <b>{rule.sentence}</b>
      <p>
        <strong>{active ? 'in force' : 'not in force'}</strong> · {placesOf(rule)} · when it is lost, {onLossWords(rule.onLoss)}
      </p>
      <p class="label">
        <code>{rule.id}</code> · version {rule.version} · {rule.changedBy.name} {momentText(rule.changedAt)}
      </p>
      <div class="rule__keys">
        <RoleKey needs="administrator" label={`${active ? 'Deactivate' : 'Activate'} ${rule.id}`} press={() => setInForce(!active)}>
          {active ? 'Deactivate' : 'Activate'}
        </RoleKey>
        <RoleKey needs="administrator" label={`Change ${rule.id}`} press={change}>
          Change
        </RoleKey>
        <button type="button" class="btn btn--touch btn--quiet" aria-expanded={history} onClick={() => setHistory(!history)}>
          History
        </button>
      </div>
      {history && <Versions id={rule.id} />}
    </li>
  );
}

function placesOf({ equipment }: Pick<RuleVersion, 'equipment'>): string {
  return equipment === null ? 'at every machine' : `at ${equipment.join(', ')}`;
}

function Versions({ id }: { id: string }) {
  const versions = useListing(`versions ${id}`, api => listVersions(api, id));
  return (
    <>
      <Trouble error={versions.error} />
      <ol class="plainlist" aria-label={`History of ${id}`}>
        {versions.items?.map(version => (
          <li key={version.version}>
            {version.version}: {version.sentence} <strong>{version.active ? 'in force' : 'not in force'}</strong> {placesOf(version)}{' '}
            <span class="label">
              {version.changedBy.name} {momentText(version.changedAt)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
