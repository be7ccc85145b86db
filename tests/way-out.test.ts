import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandPath } from '../gateway/contract/resources.ts';
import type { CommandName } from '../statecharts/equipment/commands.ts';
import type { PathStep } from '../statecharts/equipment/path-answer.ts';
import { commandsOf } from '../statecharts/profiles/rules.ts';
import type { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

/** Some 8 s on this mill: long enough to hold it, short enough to wait for its end, which is the shortest way to some commands. */
const program = ['G21 G90 G54', ...Array.from({ length: 40 }, (_, i) => `G1 X${i % 2 === 0 ? 20 : 0} F300`), 'M30'].join('\n');

let product: Product;
let mara: Person;

beforeAll(async () => {
  product = await Product.start();
  mara = await product.administrator();
  await mara.reaches('connection', 'online');
}, 120_000);
afterAll(() => product.remove());

const args: Partial<Record<CommandName, Record<string, unknown>>> = { RELEASE_STOP: { statement: 'I am at the machine' } };

async function wayTo(command: CommandName) {
  const query = args[command] ? `?args=${encodeURIComponent(JSON.stringify(args[command]))}` : '';
  const { status, body } = await mara.call('GET', `/equipment/mill-1/commands/${command}/path${query}`);
  expect(status).toBe(200);
  return commandPath.parse(body);
}

async function allowed(command: CommandName): Promise<boolean> {
  const { body } = await mara.call('GET', '/equipment/mill-1/commands');
  const commands = body.commands as { command: string; allowed: boolean }[];
  return commands.some(one => one.command === command && one.allowed);
}

/** What a hand at the machine does. */
function door(position: 'open' | 'closed'): Promise<void> {
  return new Promise(done => {
    const socket = connect(product.simulatorControl, () => socket.write(`${JSON.stringify({ verb: 'door', position })}\n`));
    socket.once('data', () => {
      socket.end();
      done();
    });
  });
}

/** Does the step; what must happen by itself is awaited before the step after it. */
async function take(step: PathStep): Promise<void> {
  if (step.text === 'The guard is closed.') await door('closed');
  if (step.kind === 'presence') await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
  if (step.kind !== 'command' || !step.command) return;
  expect(step.who).toBe('you');
  const chosen = step.choose === 'job' ? { job: (await mara.prepare('way.nc', program)).actor.slice('job/'.length) } : step.args;
  const command = step.command;
  await until(`${command} is allowed: ${step.text}`, () => allowed(command), 60_000);
  await mara.must(command, chosen ?? {});
}

/** What these would end is not there, and nobody makes a trouble to end it. */
const nothingThere: Partial<Record<CommandName, readonly string[]>> = {
  RELEASE_STOP: ['not-latched'],
  CANCEL_RESERVATION: ['not-reserved'],
  REMOVE_LOCK: ['not-locked', 'no-such-lock'],
  RETURN_TO_SERVICE: ['in-service'],
  ACK_ALARM: ['no-alarm'],
  SAFETY_RESET_OBSERVED: ['no-reset-required'],
};

/** Asks for the way to the command and goes it; what cannot be reached is named. */
async function go(command: CommandName): Promise<void> {
  const way = await wayTo(command);
  if (way.outcome === 'no-path') {
    expect([command, way.missing.map(({ reason }) => reason.code)]).toEqual([command, nothingThere[command] ?? ['a way']]);
    for (const { who } of way.missing) expect(who, command).not.toBe('');
    return;
  }
  for (const step of way.steps) await take(step);
  await until(`${command} is allowed after ${way.steps.map(step => step.text).join(' ')}`, () => allowed(command), 60_000);
}

/** How the machine comes into each situation of the demo, by ways too. */
const situations: readonly (readonly [string, () => Promise<void>])[] = [
  ['fresh', async () => {}],
  ['idle in processing', () => go('START')],
  ['in setup', () => go('HOME')],
  [
    'held',
    async () => {
      await go('HOLD');
      await mara.must('HOLD');
      await mara.reaches('execution', 'Held');
    },
  ],
  [
    'suspended by its door',
    async () => {
      if ((await mara.status()).value.execution === 'Suspended') return;
      await door('closed');
      await go('START');
      await mara.must('START');
      await mara.reaches('execution', 'Execute');
      await door('open');
      await mara.reaches('execution', 'Suspended');
    },
  ],
  [
    'latched',
    async () => {
      await door('closed');
      if ((await mara.status()).stop?.latched) return;
      await mara.call('POST', '/equipment/mill-1/stop', { stopId: randomUUID() });
      await mara.reaches('stopLatch', 'latched');
    },
  ],
];

describe('the way out, asked for and gone on the running product', () => {
  test.each(situations)(
    '[EQ106] from a mill that is %s every refused command becomes allowed, or what is missing is named',
    async (_, come) => {
      for (const command of commandsOf('motion')) {
        await come();
        if (!(await allowed(command))) await go(command);
      }
    },
    600_000,
  );
});
