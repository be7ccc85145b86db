import { useState } from 'preact/hooks';
import type { PlanEntry } from '../../gateway/contract/site.ts';
import { listPlans, noteDone, removePlan, rhythmWords, savePlan } from '../client/maintenance.ts';
import { dateText } from '../client/people.ts';
import { NewPlan } from '../components/new-plan.tsx';
import { RoleKey } from '../components/role-key.tsx';
import { Trouble } from '../components/trouble.tsx';
import { type Listing, useListing } from '../components/use-listing.ts';

/** What is done at this machine again and again; what is due says so, and whether nobody may use the machine before. */
export function Plans({ equipment }: { equipment: string }) {
  const plans = useListing(`plans ${equipment}`, api => listPlans(api, equipment));
  const [open, setOpen] = useState(false);
  return (
    <section class="chain" aria-label="Maintenance plans">
      <h3>Maintenance</h3>
      <Trouble error={plans.error} />
      {plans.items?.length === 0 && <p class="label">No maintenance is planned for this machine.</p>}
      <ul class="locks">
        {plans.items?.map(plan => (
          <Plan key={plan.id} plan={plan} act={plans.act} />
        ))}
      </ul>
      <RoleKey needs="maintainer" label="New plan" press={() => setOpen(!open)} expanded={open} />
      {open && (
        <NewPlan
          equipment={equipment}
          save={async (id, plan) => {
            if (await plans.act(api => savePlan(api, id, plan))) setOpen(false);
          }}
        />
      )}
    </section>
  );
}

function Plan({ plan, act }: { plan: PlanEntry; act: Listing<unknown>['act'] }) {
  const by = plan.doneBy ? ` by ${plan.doneBy.name}` : '';
  return (
    <li class="locks__wide">
      <span>
        <b>{plan.text}</b>
        <span class="locks__why">
          {rhythmWords(plan)} · last {dateText(plan.lastDoneAt)}
          {by}, {plan.hoursSince} h of work since
          {plan.enforced && ' · enforced'}
          {plan.due && (
            <>
              {' · '}
              <strong>due</strong>
            </>
          )}
        </span>
      </span>
      <span class="locks__keys">
        <RoleKey needs="maintainer" label={`Note ${plan.text} as done`} press={() => void act(api => noteDone(api, plan.id))}>
          Done
        </RoleKey>
        <RoleKey
          needs="maintainer"
          label={`Remove the plan ${plan.text}`}
          press={() => void act(api => removePlan(api, plan.id))}
          class="btn btn--touch btn--quiet"
        >
          Remove
        </RoleKey>
      </span>
    </li>
  );
}
