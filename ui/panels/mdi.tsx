import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { useServices } from '../components/hooks.ts';
import { useVerdict } from '../components/verdicts.ts';
import { useWhy } from '../components/why.ts';

/** One line of G-code typed by a person; passes the same allow-list as a program. */
export function MdiLine({ equipment }: { equipment: string }) {
  const { commands } = useServices();
  const verdict = useVerdict(equipment, { command: 'MDI' });
  const why = useWhy();
  const [line, setLine] = useState('');
  const submit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!verdict.allowed) why({ equipment, command: 'MDI', label: 'MDI' });
    else if (line.trim() !== '') {
      void commands.ask({ equipment, command: 'MDI', args: { line: line.trim() } });
      setLine('');
    }
  };
  return (
    <form class="mdi" onSubmit={submit}>
      <label for="mdi">MDI</label>
      <input
        id="mdi"
        class="grow"
        value={line}
        maxLength={79}
        autocomplete="off"
        spellcheck={false}
        placeholder={verdict.allowed ? 'G-code, one line' : (verdict.reasons[0]?.message ?? 'not possible')}
        onInput={event => setLine(event.currentTarget.value)}
      />
      <button class="btn" type="submit" aria-disabled={verdict.allowed ? undefined : 'true'}>
        Send
      </button>
    </form>
  );
}
