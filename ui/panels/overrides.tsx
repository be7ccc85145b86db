import type { Telemetry } from '../../statecharts/equipment/status.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Reading } from '../components/marks.tsx';
import { useTelemetry } from './position.tsx';

type Kind = keyof NonNullable<Telemetry['overrides']>;

const rapidSteps = [25, 50, 100];

/** The next value in a direction, within the range of the command. */
export function nextOverride(kind: Kind, now: number, direction: 1 | -1): number {
  if (kind !== 'rapid') return Math.min(Math.max(now + 10 * direction, 10), 200);
  const steps = direction === 1 ? rapidSteps : [...rapidSteps].reverse();
  return steps.find(step => (step - now) * direction > 0) ?? now;
}

/** Feed, rapid and spindle in percent of what the program says. */
export function OverridesPanel({ equipment }: { equipment: string }) {
  return (
    <section class="panel ovr" aria-label="Overrides">
      <h2>Overrides</h2>
      {(['feed', 'rapid', 'spindle'] as const).map(kind => (
        <OverrideRow key={kind} equipment={equipment} kind={kind} />
      ))}
    </section>
  );
}

function OverrideRow({ equipment, kind }: { equipment: string; kind: Kind }) {
  const { telemetry, truth } = useTelemetry(equipment);
  const now = telemetry?.overrides?.[kind] ?? 100;
  const key = (direction: 1 | -1, sign: string) => (
    <CommandKey
      equipment={equipment}
      command="OVERRIDE"
      args={{ kind, percent: nextOverride(kind, now, direction) }}
      label={`${kind} ${direction === 1 ? 'up' : 'down'}`}
      compact
    >
      {sign}
    </CommandKey>
  );
  return (
    <>
      {key(-1, kind === 'rapid' ? '−' : '−10')}
      <p>
        <b>
          <Reading truth={truth} value={telemetry?.overrides?.[kind]} /> %
        </b>
        <span>{kind}</span>
      </p>
      {key(1, kind === 'rapid' ? '+' : '+10')}
    </>
  );
}
