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

  it('[F26] tells the last words of what ended, where it has some', async () => {
    const { runs, start } = fakePrograms();
    const around = world();
    const lastWords = () => 'could not fdatasync file "x": Input/output error';
    await new Supervised({ name: 'postgres', graceMs: 1, start: async () => ({ ...(await start()), lastWords }) }, around).start();
    runs[0]?.end({ code: 1, signal: null });
    await expect.poll(() => around.said).toEqual([`postgres ended (code 1: ${lastWords()}); it is started again.`]);
  });

  /** A program that answers as it is told, and a world in which time passes when the test says so. */
  async function listening(whenDeaf: 'restart' | 'tell') {
    const { runs, state, start } = fakePrograms();
    const heard = { answers: true, asked: 0 };
    const answers = async () => {
      heard.asked += 1;
      return heard.answers;
    };
    const tick: { pass(): void } = { pass: () => undefined };
    const wait = () => new Promise<void>(pass => Object.assign(tick, { pass }));
    const around = { ...world(), wait };
    const supervised = new Supervised({ name: 'x', graceMs: 1, whenDeaf, start: async () => ({ ...(await start()), answers }) }, around);
    await supervised.start();
    const ask = async (times: number) => {
      for (let i = 0; i < times; i += 1) {
        const { asked } = heard;
        tick.pass();
        await expect.poll(() => heard.asked).toBe(asked + 1);
      }
    };
    return { runs, state, heard, around, ask };
  }

  it('[F19] is killed when it runs and does not answer five times in a row, and comes back like after any other end', async () => {
    const { state, heard, around, ask } = await listening('restart');
    heard.answers = false;
    await ask(4);
    heard.answers = true;
    await ask(1);
    heard.answers = false;
    await ask(4);
    expect(state.stopped).toBe(0);
    await ask(1);
    await expect.poll(() => state.stopped).toBe(1);
    expect(around.said[0]).toBe('x (process 1) runs and does not answer; it is killed and started again.');
  });

  it('[F34] is left alone when it may be driving a machine; that is said once, and that it answers again', async () => {
    const { state, heard, around, ask } = await listening('tell');
    heard.answers = false;
    await ask(9);
    heard.answers = true;
    await ask(2);
    expect(state.stopped).toBe(0);
    expect(around.said).toHaveLength(2);
    expect(around.said[0]).toContain('use the hardware stop if in doubt');
    expect(around.said[1]).toBe('x answers again.');
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
