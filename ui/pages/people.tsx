import { useState } from 'preact/hooks';
import { hasRole } from '../../statecharts/caller.ts';
import { addTraining, listMembers, listTrainings, type Member, type Training } from '../client/people.ts';
import { AttentionRail } from '../components/attention-rail.tsx';
import { useFleet } from '../components/fleet-rows.ts';
import { Frame } from '../components/frame.tsx';
import { useMe } from '../components/hooks.ts';
import { MemberItem } from '../components/member-item.tsx';
import { NewPerson } from '../components/new-person.tsx';
import { NewTraining } from '../components/new-training.tsx';
import { RoleKey } from '../components/role-key.tsx';
import { Trouble } from '../components/trouble.tsx';
import { type Listing, useListing } from '../components/use-listing.ts';

/** Who works here and what each is trained for. */
export function PeoplePage() {
  const me = useMe();
  const members = useListing(`people ${me.role}`, api => listMembers(api, me));
  const trainings = useListing('trainings', listTrainings);
  return (
    <Frame title="People" current="people" rail={<AttentionRail rows={useFleet()} />} railName="Attention">
      <div class="fleet">
        <div class="bar-top">
          <h1>People and trainings</h1>
        </div>
        <div class="desk">
          <Members members={members} trainings={trainings.items ?? []} />
          <div class="desk__side">
            <Trainings trainings={trainings} />
            <AddPerson reload={members.reload} />
          </div>
        </div>
      </div>
    </Frame>
  );
}

function Members({ members, trainings }: { members: Listing<readonly Member[]>; trainings: readonly Training[] }) {
  const { items, error } = members;
  return (
    <section class="panel desk__main" aria-label="People">
      <div class="head">
        <h2>
          People <span class="count">{items?.length ?? ''}</span>
        </h2>
      </div>
      <Trouble error={error} />
      {!items && !error && <p class="label">Reading …</p>}
      {!hasRole(useMe(), 'maintainer') && <p class="label">You see your own trainings; those of others are for maintainers.</p>}
      <ul class="members">
        {items?.map(member => (
          <MemberItem key={member.id} member={member} trainings={trainings} act={members.act} />
        ))}
      </ul>
    </section>
  );
}

function Trainings({ trainings }: { trainings: Listing<readonly Training[]> }) {
  const [open, setOpen] = useState(false);
  const { items, error, act } = trainings;
  const save = async (training: Training): Promise<boolean> => {
    const done = await act(api => addTraining(api, training));
    if (done) setOpen(false);
    return done;
  };
  return (
    <section class="panel" aria-label="Trainings">
      <div class="head">
        <h2>
          Trainings <span class="count">{items?.length ?? ''}</span>
        </h2>
      </div>
      <Trouble error={error} />
      {items?.length === 0 && <p class="label">No training is set up yet.</p>}
      <ul class="plainlist">
        {items?.map(training => (
          <li key={training.id}>
            <b>{training.title}</b> <code>{training.id}</code>
          </li>
        ))}
      </ul>
      <RoleKey needs="maintainer" label="New training" press={() => setOpen(!open)} expanded={open} />
      {open && <NewTraining save={save} />}
    </section>
  );
}

function AddPerson({ reload }: { reload: () => Promise<void> }) {
  const [open, setOpen] = useState(false);
  return (
    <section class="panel" aria-label="New person">
      <RoleKey needs="administrator" label="New person" press={() => setOpen(!open)} expanded={open} />
      {open && (
        <NewPerson
          added={async () => {
            setOpen(false);
            await reload();
          }}
        />
      )}
    </section>
  );
}
