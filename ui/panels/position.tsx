import { telemetryTruth, throughConnection } from '../client/truth.ts';
import { useCell, useNow, useServices } from '../components/hooks.ts';
import { Reading } from '../components/marks.tsx';

/** The newest telemetry of a machine with its truth. */
export function useTelemetry(equipment: string) {
  const { store, live } = useServices();
  const telemetry = useCell(store.telemetry(`equipment/${equipment}`));
  const truth = throughConnection(telemetryTruth(telemetry, useNow(500)), useCell(live.state));
  return { telemetry, truth };
}

/** Where the tool is: work coordinates large, machine coordinates beside. */
export function PositionPanel({ equipment }: { equipment: string }) {
  const { telemetry, truth } = useTelemetry(equipment);
  return (
    <section class="panel dro" aria-label="Position">
      <table>
        <thead>
          <tr>
            <th>mm</th>
            <th>WPos {telemetry?.system ?? ''}</th>
            <th>MPos</th>
          </tr>
        </thead>
        <tbody>
          {(['x', 'y', 'z'] as const).map(axis => (
            <tr key={axis}>
              <td>{axis.toUpperCase()}</td>
              <td>
                <Reading truth={truth} value={telemetry?.work?.[axis].toFixed(3)} />
              </td>
              <td>
                <Reading truth={truth} value={telemetry?.machine?.[axis].toFixed(3)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
