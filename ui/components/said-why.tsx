import { useRef, useState } from 'preact/hooks';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { CommandKey } from './command-key.tsx';

interface SaidWhyProps {
  readonly equipment: string;
  readonly command: Extract<CommandName, 'LOCK_OUT' | 'TAKE_OUT_OF_SERVICE'>;
  readonly label: string;
  readonly hint: string;
}

/** Longest reason that the command takes, characters. */
const longest = 120;

/** A key whose command needs a reason in words: a press opens the line for it, a second one sends it. */
export function SaidWhy({ equipment, command, label, hint }: SaidWhyProps) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const said = reason.trim();
  const id = `${command}-reason`;
  if (!open)
    return (
      <CommandKey equipment={equipment} command={command} label={`${label} …`} hint={hint} opens={{ open, toggle: () => setOpen(true) }} />
    );
  return (
    <div class="said">
      <label for={id}>{label}: why?</label>
      <input
        id={id}
        ref={field}
        type="text"
        class="input"
        value={reason}
        maxLength={longest}
        autocomplete="off"
        onInput={event => setReason(event.currentTarget.value)}
      />
      <div class="said__keys">
        <CommandKey
          equipment={equipment}
          command={command}
          {...(said === '' ? {} : { args: { reason: said } })}
          label={label}
          lacks={said === '' ? { what: 'write why first', ask: () => field.current?.focus() } : undefined}
        />
        <button type="button" class="btn btn--touch btn--quiet" onClick={() => setOpen(false)}>
          Not now
        </button>
      </div>
    </div>
  );
}
