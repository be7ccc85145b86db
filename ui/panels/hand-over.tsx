import { useState } from 'preact/hooks';
import { listOperators } from '../client/people.ts';
import { Choice } from '../components/choice.tsx';
import { CommandKey } from '../components/command-key.tsx';
import { useMe } from '../components/hooks.ts';
import { Trouble } from '../components/trouble.tsx';
import { useListing } from '../components/use-listing.ts';

const choiceId = 'hand-over-to';

/** To whom control is offered: somebody else who may operate machines. They have two minutes to take it. */
export function HandOver({ equipment }: { equipment: string }) {
  const me = useMe();
  const { items, error } = useListing('operators', listOperators);
  const [to, setTo] = useState('');
  const others = (items ?? []).filter(person => person.id !== me.id);
  return (
    <div class="lease__choice">
      <Trouble error={error} />
      <Choice
        id={choiceId}
        label="Hand over to"
        none="choose a person …"
        options={others.map(one => [one.id, one.name])}
        value={to}
        choose={setTo}
      />
      <CommandKey
        equipment={equipment}
        command="HAND_OVER"
        {...(to === '' ? {} : { args: { to } })}
        label="Offer control"
        hint="they take it within 2 minutes; until then it stays yours"
        lacks={to === '' ? { what: 'choose a person first', ask: () => document.getElementById(choiceId)?.focus() } : undefined}
      />
    </div>
  );
}
