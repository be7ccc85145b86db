import { useState } from 'preact/hooks';
import { initialOf } from '../client/lease.ts';
import {
  changeAccount,
  type Member,
  type NotedTraining,
  noteTraining,
  revokeTraining,
  type Training,
  trainingWords,
} from '../client/people.ts';
import { ChangeAccount } from './change-account.tsx';
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
  const [open, setOpen] = useState<Form | 'nothing'>('nothing');
  const toggle = (form: Form) => setOpen(open === form ? 'nothing' : form);
  const { account } = member;
  return (
    <li class="member" aria-label={member.name}>
      <span class="who__dot">{initialOf(member.name)}</span>
      <div class="member__who">
        <b>{member.name}</b>
        <span class="label">
          {account && `${account.role} · ${account.login}`}
          {account?.disabled && ' · may not log in'}
        </span>
      </div>
      <MemberKeys member={member} open={open} toggle={toggle} />
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
      {open === 'training' && (
        <NoteTraining
          trainings={trainings}
          save={async note => {
            if (await act(api => noteTraining(api, member.id, note))) setOpen('nothing');
          }}
        />
      )}
      {open === 'account' && account && (
        <ChangeAccount
          id={member.id}
          name={member.name}
          account={account}
          save={async changed => {
            if (await act(api => changeAccount(api, member.id, changed))) setOpen('nothing');
          }}
        />
      )}
    </li>
  );
}

type Form = 'training' | 'account';

interface MemberKeysProps {
  readonly member: Member;
  readonly open: Form | 'nothing';
  readonly toggle: (form: Form) => void;
}

function MemberKeys({ member: { name, account }, open, toggle }: MemberKeysProps) {
  return (
    <div class="member__keys">
      {!account?.disabled && (
        <RoleKey needs="maintainer" label={`Note a training of ${name}`} press={() => toggle('training')} expanded={open === 'training'}>
          Note a training
        </RoleKey>
      )}
      {account && (
        <RoleKey
          needs="administrator"
          label={`Role of ${name} …`}
          press={() => toggle('account')}
          expanded={open === 'account'}
          class="btn btn--touch btn--quiet"
        >
          Role …
        </RoleKey>
      )}
    </div>
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
