import { useState } from 'preact/hooks';
import { type Role, roleSchema, roles } from '../../statecharts/caller.ts';
import { Choice } from './choice.tsx';
import { RoleKey } from './role-key.tsx';

interface Account {
  readonly role: Role;
  readonly disabled: boolean;
}

interface ChangeAccountProps {
  readonly id: string;
  readonly name: string;
  readonly account: Account;
  readonly save: (account: Account) => Promise<void>;
}

/** The form of what one person may do here. */
export function ChangeAccount({ id, name, account, save }: ChangeAccountProps) {
  const [role, setRole] = useState<Role>(account.role);
  const [mayLogIn, setMayLogIn] = useState(!account.disabled);
  const unchanged = role === account.role && mayLogIn === !account.disabled;
  return (
    <div class="form-grid">
      <Choice
        id={`role-of-${id}`}
        label={`Role of ${name}`}
        options={roles.map(one => [one, one])}
        value={role}
        choose={value => setRole(roleSchema.parse(value))}
      />
      <label class="tick">
        <input type="checkbox" checked={mayLogIn} onChange={event => setMayLogIn(event.currentTarget.checked)} />
        may log in
      </label>
      <RoleKey
        needs="administrator"
        label={`Change ${name}`}
        press={() => void save({ role, disabled: !mayLogIn })}
        lacks={unchanged ? 'nothing is changed yet' : undefined}
      >
        {mayLogIn ? 'Change it from now on' : 'End the access now'}
      </RoleKey>
    </div>
  );
}
