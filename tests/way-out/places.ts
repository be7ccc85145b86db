import { until } from '../product/wait.ts';
import type { Station } from './station.ts';
import { isOnNetwork } from './workshop.ts';

const runs = (station: Station) => station.family !== 'switch';

/** Nothing stands against the first command of the day: in control, homed, loaded, at the machine; a laser is armed. */
export async function ready(station: Station): Promise<void> {
  await reachable(station);
  await connected(station);
  if (runs(station)) await station.hands({ verb: 'door', position: 'closed' });
  // What is read of it first may be something else than a way out has to guess.
  await station.reaches('connection', 'online');
  if (runs(station)) return station.go({ command: 'START' });
  await station.hands({ verb: 'slow', ms: 0 });
  if (station.status.value.output === 'on') {
    await station.go({ command: 'SWITCH_OFF' });
    await station.must('SWITCH_OFF');
    await station.reaches('output', 'off');
  }
  await station.go({ command: 'SWITCH_ON' });
  await station.present();
}

async function reachable(station: Station): Promise<void> {
  await station.hands({ verb: 'answer' });
  await station.hands({ verb: 'restore' });
}

/** Whoever has it: a maintainer connects it again. */
async function connected(station: Station): Promise<void> {
  if (station.status.value.connection !== 'disconnected') return;
  await reachable(station);
  await station.must('CONNECT', {}, station.workshop.people.vic);
  await station.reaches('connection', 'online');
}

/** As after the first connection: cleared by nobody, homed by nobody, nobody in control. */
export async function fresh(station: Station): Promise<void> {
  await connected(station);
  if (runs(station)) await station.hands({ verb: 'door', position: 'closed' });
  if (station.status.holder) await station.must('CHECK_OUT');
  await station.leave();
  if (station.status.homed) {
    const { seq } = station.status;
    const isSo = () => station.status.seq > seq && !station.status.homed && station.status.value.connection === 'online';
    // Pressed again: a banner that comes just when one is awaited is taken for that one.
    await until('the reset is noticed', async () => {
      if (!isSo()) await station.hands({ verb: 'reset' });
      const end = performance.now() + 3_000;
      await until('it is noticed', () => isSo() || performance.now() > end);
      return isSo();
    });
  }
  if (!/^Abort/.test(station.status.value.execution ?? '')) await station.must('ABORT');
  await station.reaches('execution', 'Aborted');
}

export async function setup(station: Station): Promise<void> {
  await ready(station);
  await station.must('SET_MODE', { mode: 'setup' });
}

/** A machine that moves by hand for a while. */
export async function jogging(station: Station): Promise<void> {
  await setup(station);
  await station.must('JOG', { jogId: crypto.randomUUID(), direction: { x: -1 }, feed: 60, distance: 2 });
  await station.reaches('mode', 'setup.jogging');
}

/** The controller answers a typed line only when it is over. */
export async function typing(station: Station): Promise<void> {
  await setup(station);
  await station.must('MDI', { line: 'G4 P90' });
  await station.reaches('mode', 'setup.mdi');
}

export async function running(station: Station): Promise<void> {
  await ready(station);
  await station.must('START');
  await station.reaches('execution', 'Execute');
}

export async function held(station: Station): Promise<void> {
  await running(station);
  await station.must('HOLD');
  await station.reaches('execution', 'Held');
}

/** Suspended, with its door open. */
export async function ajar(station: Station): Promise<void> {
  await running(station);
  await station.hands({ verb: 'door', position: 'open' });
  await station.reaches('execution', 'Suspended');
}

export async function closedAgain(station: Station): Promise<void> {
  await ajar(station);
  await station.hands({ verb: 'door', position: 'closed' });
  await station.reaches('safety', 'notObserved');
  await station.leave();
}

export async function complete(station: Station): Promise<void> {
  await running(station);
  await station.reaches('execution', 'Complete');
}

export async function stopped(station: Station): Promise<void> {
  await ready(station);
  await station.must('STOP');
  await station.reaches('execution', 'Stopped');
}

export async function alarmed(station: Station): Promise<void> {
  await ready(station);
  await station.hands({ verb: 'alarm', code: 1 });
  await station.reaches('alarms', 'active');
  await station.reaches('execution', 'Aborted');
}

export async function latched(station: Station): Promise<void> {
  await ready(station);
  await station.me.call('POST', `/equipment/${station.id}/stop`, {});
  await station.reaches('stopLatch', 'latched');
  await station.reaches('execution', 'Aborted');
}

export async function latchedAndOpen(station: Station): Promise<void> {
  await latched(station);
  await station.hands({ verb: 'door', position: 'open' });
  await station.reaches('safety', 'guardOpen');
}

/** The cable is pulled, the relay is gone. */
export async function cut(station: Station): Promise<void> {
  await ready(station);
  await station.hands({ verb: runs(station) ? 'cut' : 'go_away' });
  await station.until('it is gone', ({ value }) => value.connection === 'offline' || value.connection === 'stale');
}

export async function disconnected(station: Station): Promise<void> {
  await ready(station);
  await station.must('DISCONNECT');
  await station.reaches('connection', 'disconnected');
}

/** It fell silent while it did something, and its link is open. */
export async function inDoubt(station: Station): Promise<void> {
  if (runs(station)) await running(station);
  else await aborting(station);
  await station.hands({ verb: 'dont_answer' });
  // As long as the silence has not been noticed, the way begins with a command that a silent machine never carries out.
  const isSo = ({ tags, linkOpen, value }: Station['status']) =>
    tags.includes('indeterminate') && linkOpen === true && value.execution === 'Aborted' && value.connection !== 'online';
  await station.until('nobody knows what it does', isSo);
}

export async function silent(station: Station): Promise<void> {
  await ready(station);
  await station.hands({ verb: 'dont_answer' });
  // A connection that nobody answers on is given up a moment later, and with it goes what the machine was.
  const isSo = ({ value }: Station['status']) =>
    value.connection !== 'online' && (value.execution === 'Aborted' || !isOnNetwork(station.id));
  await station.until('it is silent', isSo);
}

export async function disarmed(station: Station): Promise<void> {
  await ready(station);
  await station.must('DISARM_LASER');
}

export async function switchedOn(station: Station): Promise<void> {
  await ready(station);
  await station.must('SWITCH_ON');
  await station.reaches('output', 'on');
}

/** In hands, after a typed line. The controller tells what it changed when it is asked, a moment after the line was answered. */
export async function typed(station: Station, line: string, changes: 'modes-changed' | 'offsets-changed'): Promise<void> {
  await setup(station);
  await station.must('MDI', { line });
  await station.reaches('mode', 'setup.ready');
  await station.must('SET_MODE', { mode: 'processing' });
  await station.until(changes, ({ reasons }) => reasons.some(({ code }) => code === changes));
}

export async function unloaded(station: Station): Promise<void> {
  await ready(station);
  await station.must('UNLOAD_JOB');
}

/** Aborts, and takes its time to say that it has. */
export async function aborting(station: Station): Promise<void> {
  await ready(station);
  await station.hands({ verb: 'slow', ms: 700 });
  await station.must('ABORT');
  await station.reaches('execution', 'Aborting');
}

/** Somebody changed a setting of the controller with another program, and it was connected anew. */
export async function set(station: Station, setting: number, value: number): Promise<void> {
  await station.hands({ verb: 'set', setting, value });
  await station.hands({ verb: 'cut' });
  await station.until('it is gone', ({ value: { connection } }) => connection !== 'online');
  await station.hands({ verb: 'restore' });
  await station.reaches('connection', 'online');
}

export async function withoutHoming(station: Station): Promise<void> {
  if (station.status.envelope === null) await set(station, 22, 1);
  await ready(station);
  await set(station, 22, 0);
}

export async function outsideEnvelope(station: Station): Promise<void> {
  if (station.status.envelope?.min.x !== -800) await set(station, 130, 800);
  station.work('wide');
  await ready(station);
  station.work('narrow');
  await set(station, 130, 640);
}

export async function notHomedInSetup(station: Station): Promise<void> {
  await fresh(station);
  await station.go({ command: 'JOG' });
}

/** The beam would stay on in a hold: nothing is set in motion then. */
export async function outOfLaserMode(station: Station): Promise<void> {
  if (station.status.capabilities.some(({ name, absent }) => name === 'laser' && absent)) await set(station, 32, 1);
  await ready(station);
  await set(station, 32, 0);
}
