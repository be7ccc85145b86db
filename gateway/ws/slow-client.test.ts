import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { millStatus, millTelemetry } from '../testing/documents.ts';
import { Page } from '../testing/page.ts';
import { administrator, ask, openWorkshop, type Workshop } from '../testing/workshop.ts';
import { Subscriptions } from './slow-client.ts';

/** A socket whose backlog the test sets. */
function fakeSocket() {
  const state = { waiting: 0, topics: new Set<string>(), sent: [] as { type: string; code?: string }[] };
  const socket = {
    buffered: () => state.waiting,
    send: (text: string) => state.sent.push(JSON.parse(text)) > 0,
    subscribe: (topic: string) => void state.topics.add(topic),
    unsubscribe: (topic: string) => void state.topics.delete(topic),
  };
  return { state, subscriptions: new Subscriptions(socket, () => [{ type: 'pong', n: 1, at: 0 }]) };
}

const topics = ['equipment/m/telemetry', 'equipment/m/status', 'equipment/m/event'];

describe('a slow client', () => {
  test('[F31] loses telemetry first, then waits for the newest status, never loses events, and gets all again', () => {
    const { state, subscriptions } = fakeSocket();
    for (const topic of topics) subscriptions.add(topic);
    const flowAt = (waiting: number) => {
      state.waiting = waiting;
      subscriptions.adapt();
      return topics.filter(topic => state.topics.has(topic)).map(topic => topic.split('/')[2]);
    };
    expect(flowAt(10_000)).toEqual(['telemetry', 'status', 'event']);
    expect(flowAt(70_000)).toEqual(['status', 'event']);
    expect(flowAt(140_000)).toEqual(['event']);
    expect(flowAt(70_000)).toEqual(['event']);
    state.sent.length = 0;
    expect(flowAt(0)).toEqual(['telemetry', 'status', 'event']);
    expect(state.sent.map(frame => frame.code ?? frame.type)).toEqual(['link-recovered', 'pong', 'pong']);
  });

  test('a topic taken while it is slow waits too', () => {
    const { state, subscriptions } = fakeSocket();
    state.waiting = 140_000;
    subscriptions.adapt();
    subscriptions.add('equipment/m/status');
    expect(state.topics.size).toBe(0);
    state.waiting = 0;
    subscriptions.adapt();
    expect(state.topics.has('equipment/m/status')).toBe(true);
  });
});

describe('over a real socket', () => {
  let workshop: Workshop;
  let token: string;
  let flooding: NodeJS.Timeout;

  beforeAll(async () => {
    workshop = await openWorkshop();
    token = (await administrator(workshop)).accessToken;
    workshop.owner.status(millStatus());
    await until('the gateway knows the mill', async () => (await ask(workshop.url, '/equipment/mill-1', { token })).status === 200);
  }, 60_000);
  afterAll(async () => {
    clearInterval(flooding);
    await workshop?.close();
  });

  test('[F31] one that never reads is closed rather than served gaps; the others see everything', async () => {
    const stalled = await stalledClient(['equipment/mill-1/telemetry', 'equipment/mill-1/event', 'equipment/mill-1/status']);
    const page = await Page.open(workshop.url, token);
    page.send({ type: 'subscribe', topics: ['equipment/mill-1/telemetry', 'equipment/mill-1/event'] });
    let n = 0;
    const text = 'x'.repeat(20_000);
    flooding = setInterval(() => {
      n += 1;
      workshop.owner.publish('equipment.mill-1.event.noise', { type: 'noise', n, text });
      workshop.owner.publish('equipment.mill-1.telemetry', millTelemetry(n));
    }, 2);
    const clients = async () => (await ask(workshop.url, '/system/info', { token })).body.clients;
    expect(await clients()).toBe(2);
    await until('the stalled client is closed', async () => (await clients()) === 1, 20_000);
    clearInterval(flooding);
    await until('everything arrived at the other', () => page.frames.filter(frame => frame.type === 'event').length >= n, 30_000);
    page.close();
    stalled.destroy();
  }, 40_000);

  /** Speaks just enough WebSocket to subscribe, then never reads again. */
  async function stalledClient(topics: string[]): Promise<Socket> {
    const { body } = await ask(workshop.url, '/auth/ws-ticket', { method: 'POST', token });
    const { port } = new URL(workshop.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', readableHighWaterMark: 1024 } as never);
    socket.on('error', () => undefined);
    socket.write(
      `GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${workshop.url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wit.v1, ${body.ticket}\r\n\r\n`,
    );
    await new Promise(resolve => socket.once('data', resolve));
    socket.pause();
    socket.write(maskedFrame(JSON.stringify({ type: 'subscribe', topics })));
    return socket;
  }
});

/** A text frame with a mask of zeros. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}
