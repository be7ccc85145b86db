import { expect, test } from 'vitest';
import { wellSystem } from '../testing/fake-world.ts';
import { openWorkshop } from '../testing/workshop.ts';

test('binds a command to the state on screen and to what the server last wrote', async () => {
  const { world, services, live } = await openWorkshop();
  const heard = world.now;
  await world.advance(700);
  void services.commands.ask({ equipment: 'mill-1', command: 'START', args: {} });
  const [frame] = live.sentOf('command');
  expect(frame).toMatchObject({ equipment: 'mill-1', command: 'START', ttlMs: 3_000, seen: { epoch: 1, decisionSeq: 3, at: heard } });
});

test('gives the answer of the owner to the one who asked', async () => {
  const { services, live } = await openWorkshop();
  const asked = services.commands.ask({ equipment: 'mill-1', command: 'START', args: {} });
  const reasons = [{ code: 'not-homed', message: 'The machine does not know where it is.' }];
  live.say({ type: 'outcome', id: live.sentOf('command')[0]?.id, outcome: 'refused', seq: 9, reasons });
  expect(await asked).toMatchObject({ outcome: 'refused', reasons });
  expect(services.commands.trouble.getSnapshot()).toMatchObject({ command: 'START' });
});

test('says no-answer after five seconds and never sends again', async () => {
  const { world, services, live } = await openWorkshop();
  const asked = services.commands.ask({ equipment: 'mill-1', command: 'HOME', args: {} });
  for (let second = 0; second < 5; second += 1) {
    await world.advance(1_000);
    live.say(wellSystem(world.now));
  }
  expect((await asked).outcome).toBe('no-answer');
  expect(live.sentOf('command')).toHaveLength(1);
});

test('does not queue a command while the connection is lost', async () => {
  const { services, live } = await openWorkshop();
  live.close();
  const result = await services.commands.ask({ equipment: 'mill-1', command: 'START', args: {} });
  expect(result.outcome).toBe('not-sent');
});

test('tries HTTP for HOLD while the connection is lost', async () => {
  const { world, services, live } = await openWorkshop();
  world.answers.set('POST /api/v1/equipment/mill-1/commands', { status: 200, body: { outcome: 'accepted', seq: 3, reasons: [] } });
  live.close();
  const result = await services.commands.ask({ equipment: 'mill-1', command: 'HOLD', args: {} });
  expect(result.outcome).toBe('accepted');
});
