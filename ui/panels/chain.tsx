import { chainRows } from '../client/service.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useLook } from '../components/machine-head.tsx';
import { Reading } from '../components/marks.tsx';
import { useStatus } from '../components/verdicts.ts';

/** What is seen of the safety chain and of what feeds the machine. W.I.T. observes it and is no part of it. */
export function ChainRows({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { truth } = useLook(equipment);
  if (!status) return null;
  const rows = chainRows(status.chain);
  const wired = rows.some(row => row.good !== null);
  return (
    <section class="chain" aria-label="Safety chain">
      <h3>
        Safety chain <span class="label">observed; W.I.T. is no part of it</span>
      </h3>
      {!wired && <p class="label">No input of this machine is wired to W.I.T.: nothing is known of its chain.</p>}
      {wired && (
        <dl class="kv">
          {rows.map(({ name, words, good }) => (
            <div key={name} class={good === false ? 'chain__row chain__row--open' : 'chain__row'}>
              <dt>{name}</dt>
              <dd>{good === null ? <span class="label">{words}</span> : <Reading truth={truth} value={words} />}</dd>
            </div>
          ))}
        </dl>
      )}
      {(wired || status.value.safety === 'resetRequired') && (
        <CommandKey
          equipment={equipment}
          command="SAFETY_RESET_OBSERVED"
          args={{ statement: 'I have seen the reset' }}
          label="I have seen the reset"
          hint="the chain was reset at the machine, and you saw it"
        />
      )}
    </section>
  );
}
