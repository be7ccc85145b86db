import WebSocket from 'ws';
import type { StopStage } from '../../gateway/contract/live.ts';
import { until } from './wait.ts';

/** A page's stop-lane socket: presses, and remembers every stage with the ms since the press. */
export class Lane {
  readonly #socket: WebSocket;
  readonly stages: (StopStage & { afterMs: number })[] = [];
  readonly #pressedAt = new Map<string, number>();
  #ready = false;

  constructor(stopPort: number, origin: string, pass: string) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${stopPort}/`, { origin });
    this.#socket.on('open', () => this.#socket.send(JSON.stringify({ pass })));
    this.#socket.on('message', data => this.#heard(JSON.parse(String(data))));
  }

  async ready(): Promise<void> {
    await until('the lane is ready', () => this.#ready);
  }

  press(equipment = 'mill-1'): string {
    const stopId = crypto.randomUUID();
    this.#pressedAt.set(stopId, performance.now());
    this.#socket.send(JSON.stringify({ stopId, equipment }));
    return stopId;
  }

  async stage(stopId: string, wanted: readonly StopStage['stage'][], ms = 5_000): Promise<StopStage & { afterMs: number }> {
    return until(
      `stop ${wanted.join(' or ')}`,
      () => {
        const found = this.stages.find(stage => stage.stopId === stopId && wanted.includes(stage.stage));
        if (!found) throw new Error(JSON.stringify(this.stages));
        return found;
      },
      ms,
    );
  }

  close(): void {
    this.#socket.close();
  }

  #heard(frame: { ready?: boolean } & StopStage): void {
    if (frame.ready) this.#ready = true;
    if (frame.stopId) this.stages.push({ ...frame, afterMs: performance.now() - (this.#pressedAt.get(frame.stopId) ?? 0) });
  }
}
