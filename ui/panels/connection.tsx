import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useStatus } from '../components/verdicts.ts';

const words: Readonly<Record<string, string>> = {
  offline: 'W.I.T. tries to reach it again and again.',
  disconnected: 'The port was given free for another program; W.I.T. neither sees nor stops the machine.',
  connecting: 'It is asked what it is.',
  syncing: 'Its state is read.',
  stale: 'It does not answer.',
};

/** The link to the machine, and its port given free and taken again by hand [EQ25]. */
export function Connection({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return null;
  return (
    <section class="connection" aria-label="Connection">
      <h3>
        Connection <span class="label">{status.value.connection}</span>
      </h3>
      <p class="label">{isForeign(status) ? foreign : (words[status.value.connection ?? ''] ?? deviceWords(status))}</p>
      <div class="service__keys">
        {status.value.connection === 'disconnected' ? (
          <CommandKey equipment={equipment} command="CONNECT" label="Connect" hint="takes the port again; nothing moves" />
        ) : (
          <CommandKey equipment={equipment} command="DISCONNECT" label="Disconnect" hint="frees the port; no stop from here then" />
        )}
      </div>
    </section>
  );
}

const foreign = 'Another device answers on its port; it is sent no command.';

function isForeign({ value, linkOpen }: EquipmentStatus): boolean {
  return value.connection === 'offline' && linkOpen === true;
}

function deviceWords({ device }: EquipmentStatus): string {
  return device
    ? [device.firmware, device.version, device.identity].filter(word => word !== '').join(' · ')
    : 'It has not said what it is.';
}
