import { describe, expect, it } from 'vitest';
import type { Exit, RunningProgram } from './bound-process.ts';
import { Supervised, type Supervision } from './supervised.ts';

/** A program made of a promise: `end` is its death, `stopped` counts how often it was asked to stop. */
function fakePrograms() {
  const runs: { end: (exit: Exit) => void }[] = [];
  const state = { stopped: 0, fail: 0 };
  const start = async (): Promise<RunningProgram> => {
    if (state.fail > 0) {
      state.fail -= 1;
      throw new Error('no start');
    }
    let end: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>(resolve => {
      end = resolve;
    });
    runs.push({ end });
    const stop = async () => {
      state.stopped += 1;
      end({ code: 0, signal: null });
    };
    return { pid: runs.length, exited, stop };
  };
  return { runs, state, start };
}

function world(): Supervision & { readonly waits: number[]; readonly said: string[]; readonly pids: number[] } {
  const [waits, said, pids]: [number[], string[], number[]] = [[], [], []];
  return {
    waits,
    said,
    pids,
    now: () => 0,
    random: () => 0.5,
    wait: async ms => void waits.push(ms),
    started: (_name, pid) => void pids.push(pid),
    ended: () => undefined,
    say: sentence => void said.push(sentence),
  };
}

const killed: Exit = { code: null, signal: 'SIGKILL' };

describe('a supervised program', () => {
  it('[G7] is started again at once when it was killed', async () => {
    const { runs, start } = fakePrograms();
    const around = world();
    await new Supervised({ name: 'node', graceMs: 1, start }, around).start();
    runs[0]?.end(killed);
    await expect.poll(() => around.pids).toEqual([1, 2]);
    expect(around.waits).toEqual([0]);
    expect(around.said).toEqual(['node ended (SIGKILL); it is started again.']);
  });

  it('[G7] is tried again with pauses when it does not come up', async () => {
    const { runs, state, start } = fakePrograms();
    const around = world();
    await new Supervised({ name: 'node', graceMs: 1, start }, around).start();
    state.fail = 2;
    runs[0]?.end(killed);
    await expect.poll(() => around.pids).toEqual([1, 2]);
    expect(around.waits).toEqual([0, 200, 400]);
  });

  it('passes the error on when it cannot start the first time', async () => {
    const { state, start } = fakePrograms();
    state.fail = 1;
    await expect(new Supervised({ name: 'node', graceMs: 1, start }, world()).start()).rejects.toThrow('no start');
  });

  it('is not started again when it was asked to stop', async () => {
    const { state, start } = fakePrograms();
    const around = world();
    const supervised = new Supervised({ name: 'node', graceMs: 1, start }, around);
    await supervised.start();
    await supervised.stop();
    expect(state.stopped).toBe(1);
    expect(around.pids).toEqual([1]);
  });
});
