import { leftText } from '../client/lease.ts';
import { trainingWords } from '../client/people.ts';
import { agoText, lossWords, type ShownFact, type ShownRule, shownRules } from '../client/site-rules.ts';
import { useMe, useNow } from '../components/hooks.ts';
import { Icon } from '../components/icon.tsx';
import { useStatus } from '../components/verdicts.ts';

/** The rules of the workshop in force at this machine: kept, broken with the reason, or not known; with the age of what they rest on. */
export function SitePanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return null;
  const rules = shownRules(status.site);
  const broken = rules.filter(({ verdict }) => verdict.state !== 'kept').length;
  return (
    <section class="site" aria-label="Rules of the workshop">
      <div class="head">
        <h2>
          Rules here <span class="count">{rules.length === 0 ? 'none' : `${rules.length - broken} of ${rules.length} kept`}</span>
        </h2>
      </div>
      {status.siteLoss && (
        <div class="latched" role="status">
          <Icon name="st-suspended" />
          <b>The run was not let go on</b>
          <p>{status.siteLoss.join(' ')}</p>
        </div>
      )}
      {rules.length === 0 && <p class="label">No rule of the workshop is in force at this machine.</p>}
      <ul class="rules">
        {rules.map(shown => (
          <Rule key={shown.rule.id} shown={shown} />
        ))}
      </ul>
    </section>
  );
}

const marks = { kept: 'check', broken: 'refused', unknown: 'st-unknown' } as const;

function Rule({ shown: { rule, sentence, verdict, facts } }: { shown: ShownRule }) {
  const now = useNow(1_000);
  const until = verdict.state === 'kept' ? undefined : verdict.reason.until;
  return (
    <li class={`rule rule--${verdict.state}`} data-rule={rule.id}>
      <Icon name={marks[verdict.state]} />
      <b>{sentence}</b>
      <p>
        <strong>{verdict.state === 'unknown' ? 'not known' : verdict.state}</strong>
        {verdict.state !== 'kept' && `: ${verdict.reason.message}`}
        {until !== undefined && until > now && ` Ends by itself in ${leftText(until, now)}.`}
      </p>
      {rule.template === 'training' && <OwnTraining training={String(rule.params.training)} />}
      <ul class="facts" aria-label="What it rests on">
        {facts.map(fact => (
          <Fact key={fact.key} fact={fact} now={now} />
        ))}
      </ul>
      <p class="label">
        When it is lost, {lossWords[rule.onLoss]}. <code>{rule.id}</code>
      </p>
    </li>
  );
}

/** The rule asks each person for it, so it is kept for the machine and may still refuse whoever looks. */
function OwnTraining({ training }: { training: string }) {
  const { qualifications } = useMe();
  const now = useNow(60_000);
  const own = qualifications?.find(one => one.training === training);
  if (!qualifications) return <p>It could not be read whether you have it.</p>;
  return (
    <p>
      You: <strong>{own ? trainingWords({ ...own, maySupervise: false }, now) : 'not trained'}</strong>
    </p>
  );
}

function Fact({ fact, now }: { fact: ShownFact; now: number }) {
  return (
    <li class={fact.known ? undefined : 'facts__doubt'}>
      {fact.words} <span class="label">{fact.at === null ? '' : agoText(fact.at, now)}</span>
    </li>
  );
}
