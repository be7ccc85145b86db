import { connect as connectNats } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Person } from './product/api.ts';
import { Distributed } from './product/distributed.ts';
import { tellStory } from './product/story.ts';
import { until } from './product/wait.ts';

let workshop: Distributed;

beforeAll(async () => {
  workshop = await Distributed.start();
}, 180_000);
afterAll(() => workshop?.remove());

describe('two gateways, two nodes and their stop lanes against NATS, PostgreSQL and Redis of their own', () => tellStory(() => workshop));

describe('what only several programs can show', () => {
  let mara: Person;

  beforeAll(async () => {
    await workshop.restoreGateway();
    mara = new Person(workshop.url);
    await until('log-in is open at both gateways', async () => {
      for (const url of workshop.gateways) if ((await new Person(url).logIn()).status !== 200) return false;
      return true;
    });
    await mara.logIn();
    for (const url of workshop.gateways) await until('the mill is live', async () => (await mara.at(url).status()).truth === 'live');
  });

  test('[F29] Redis is killed: log-in is closed in one sentence, who is logged in stays so, the stop key works; it opens again by itself', async () => {
    await workshop.servers.redis.kill();
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await new Person(workshop.url).logIn();
      expect([status, body.code]).toEqual([503, 'log-in-closed']);
      expect(body.detail).toContain('stop works');
      expect((await mara.refresh()).status).toBe(200);
      expect((await mara.status()).truth).toBe('live');
    }
    expect((await mara.call('POST', '/stop')).body).toMatchObject({ outcome: 'accepted' });
    await workshop.servers.redis.begin();
    await until('log-in is open', async () => (await new Person(workshop.url).logIn()).status === 200);
  });

  test('[S24] nobody is let in at NATS, PostgreSQL or Redis without a password', async () => {
    await expect(connectNats({ servers: workshop.servers.nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
    await expect(workshop.servers.withoutPassword()).rejects.toThrow(/password/);
    expect(await workshop.servers.redis.strangerAsks('get', 'x')).toContain('NOAUTH');
  });
});
