import { useState } from 'preact/hooks';
import { initialOf } from '../client/lease.ts';
import { type Member, type NotedTraining, noteTraining, revokeTraining, type Training, trainingWords } from '../client/people.ts';
import { useNow } from './hooks.ts';
import { NoteTraining } from './note-training.tsx';
import { RoleKey } from './role-key.tsx';
import type { Listing } from './use-listing.ts';

interface MemberItemProps {
  readonly member: Member;
  readonly trainings: readonly Training[];
  readonly act: Listing<unknown>['act'];
}

/** One person: role, trainings with what they are still worth, and the keys of whoever notes them. */
export function MemberItem({ member, trainings, act }: MemberItemProps) {
  const [noting, setNoting] = useState(false);
  return (
    <li class="member" aria-label={member.name}>
      <span class="who__dot">{initialOf(member.name)}</span>
      <div class="member__who">
        <b>{member.name}</b>
        <span class="label">
          {member.account && `${member.account.role} · ${member.account.login}`}
          {member.account?.disabled && ' · may not log in'}
        </span>
      </div>
      <RoleKey needs="maintainer" label={`Note a training of ${member.name}`} press={() => setNoting(!noting)} expanded={noting}>
        Note a training
      </RoleKey>
      <ul class="member__trainings" aria-label={`Trainings of ${member.name}`}>
        {member.trainings.length === 0 && <li class="label">no training noted</li>}
        {member.trainings.map(noted => (
          <NotedItem
            key={noted.training}
            noted={noted}
            name={member.name}
            revoke={() => void act(api => revokeTraining(api, member.id, noted.training))}
          />
        ))}
      </ul>
      {noting && (
        <NoteTraining
          trainings={trainings}
          save={async note => {
            if (await act(api => noteTraining(api, member.id, note))) setNoting(false);
          }}
        />
      )}
    </li>
  );
}

function NotedItem({ noted, name, revoke }: { noted: NotedTraining; name: string; revoke: () => void }) {
  const now = useNow(60_000);
  const expired = noted.until !== null && noted.until <= now;
  return (
    <li class={expired ? 'noted noted--expired' : 'noted'}>
      <span>
        <b>{noted.training}</b>
        <span class="locks__why">{trainingWords(noted, now)}</span>
      </span>
      <RoleKey needs="maintainer" label={`Revoke ${noted.training} of ${name}`} press={revoke} class="btn btn--touch btn--quiet">
        Revoke
      </RoleKey>
    </li>
  );
}
