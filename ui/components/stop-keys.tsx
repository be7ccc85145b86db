import { isConfirmed, isUnconfirmed, type Press } from '../client/stop.ts';
import { timeText } from '../client/truth.ts';
import { useFleet } from './fleet-rows.ts';
import { useCell, useServices } from './hooks.ts';
import { Icon } from './icon.tsx';

/** The software stop in its fixed corner: one press, no confirmation, never disabled. */
export function StopKeys({ equipment }: { equipment?: { readonly id: string; readonly name: string } }) {
  const { stops } = useServices();
  const all = useFleet().map(row => row.id);
  return (
    <section class="stop" aria-label="Software stop">
      <div class="stop__keys">
        {equipment && (
          <button
            type="button"
            class="stop__key"
            aria-label={`STOP ${equipment.name}`}
            {...pressing(() => stops.press(equipment.id, [equipment.id]))}
          >
            <Icon name="stop" />
            <span>
              <b>STOP</b>
              <small>
                <span>{equipment.name} ·</span> <span>software stop</span>
              </small>
            </span>
          </button>
        )}
        <button
          type="button"
          class={equipment ? 'stop__key stop__key--all' : 'stop__key'}
          aria-label="STOP ALL"
          {...pressing(() => stops.press('all', all))}
        >
          <Icon name="stop" />
          {equipment ? (
            <b>ALL</b>
          ) : (
            <span>
              <b>STOP ALL</b>
              <small>
                software stop · {all.length} {all.length === 1 ? 'machine' : 'machines'}
              </small>
            </span>
          )}
        </button>
      </div>
      <LastPress />
    </section>
  );
}

/** A stop counts when the finger touches, not when it lifts; a click without a pointer is the keyboard's or a reader's. */
function pressing(press: () => void) {
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button === 0) press();
    },
    onClick: (event: MouseEvent): void => {
      if (event.detail === 0) press();
    },
  };
}

function LastPress() {
  const last = useCell(useServices().stops.presses)[0];
  const unconfirmed = last !== undefined && isUnconfirmed(last);
  return (
    <div role="status">
      <dl class="stop__facts">
        <div>
          <dt>Last press</dt>
          <dd>{last ? pressText(last) : 'none from this page'}</dd>
        </div>
        {unconfirmed && (
          <div class="stop__no">
            <dt>
              <Icon name="attention" size="s" />
              <span class="hidden">Warning</span>
            </dt>
            <dd>
              <b>NOT CONFIRMED</b> – use the hardware stop
            </dd>
          </div>
        )}
        {!unconfirmed && (
          <div>
            <dt>Hardware</dt>
            <dd>this is no emergency stop</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

/** "14:16:40 · sent 1.2 ms · confirmed 38 ms": the times of the slowest machine. */
export function pressText(press: Press): string {
  const reached = Object.values(press.reach);
  const written = reached.flatMap(reach => (reach.written === null ? [] : [reach.written]));
  const confirmed = reached.flatMap(reach => (reach.confirmed === null ? [] : [reach.confirmed]));
  const failed = reached.find(reach => reach.failed !== null)?.failed;
  const many = press.targets.length > 1;
  const parts = [timeText(press.at)];
  if (written.length > 0) parts.push(`sent ${msText(Math.max(...written))}`);
  else parts.push(failed ?? (press.doors.length === 0 ? 'trying over HTTP' : 'sending'));
  if (many && confirmed.length > 0) parts.push(`${confirmed.length} of ${press.targets.length} confirm`);
  else if (isConfirmed(press)) parts.push(`machine confirms ${msText(Math.max(...confirmed))}`);
  return parts.join(' · ');
}

function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
