import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { connect as connectNats } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestAuthority } from '../actors/testing/certificates.ts';
import { openMessages } from '../actors/transport/messages.ts';
import { type PeerIdentity, readPeerIdentity } from '../actors/transport/peer-identity.ts';
import { RedisDoor } from '../gateway/auth/redis-door.ts';
import { Person } from './product/api.ts';
import { Distributed } from './product/distributed.ts';
import { Lane } from './product/lane.ts';
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
      for (const url of workshop.gateways) if ((await new Person(url).tryLogIn()).status !== 200) return false;
      return true;
    });
    await mara.logIn();
    for (const url of workshop.gateways) await until('the mill is live', async () => (await mara.at(url).status()).truth === 'live');
  });

  test('[F29] Redis is killed: log-in is closed in one sentence, who is logged in stays so, the stop key works; it opens again by itself', async () => {
    await workshop.servers.redis.kill();
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await new Person(workshop.url).tryLogIn();
      expect([status, body.code]).toEqual([503, 'log-in-closed']);
      expect(body.detail).toContain('stop works');
      expect((await mara.refresh()).status).toBe(200);
      expect((await mara.status()).truth).toBe('live');
    }
    expect((await mara.call('POST', '/stop')).body).toMatchObject({ outcome: 'accepted' });
    await workshop.servers.redis.begin();
    await until('log-in is open', async () => (await new Person(workshop.url).tryLogIn()).status === 200);
  });

  describe('who has no certificate of the workshop, or no password', () => {
    let tls: PeerIdentity;

    beforeAll(async () => {
      tls = await readPeerIdentity(workshop.peer('gateway-1'));
    });

    test('[S24] is not let in by NATS', async () => {
      const { user, password } = JSON.parse(readFileSync(workshop.servers.natsCredentials('gateway'), 'utf8'));
      const logIn = async (how: object) => {
        const connection = await connectNats({ servers: workshop.servers.natsUrl, reconnect: false, ...how });
        await connection.close();
      };
      const host = '127.0.0.1';
      await logIn({ user, pass: password, tls: { ...tls, host } });
      await expect(logIn({ user, pass: password, tls: { ca: tls.ca, host } })).rejects.toThrow();
      await expect(logIn({ tls: { ...tls, host } })).rejects.toThrow(/authorization/i);
    });

    test('[S24] is not let in by PostgreSQL', async () => {
      const logIn = (change: (url: string) => string) => workshop.servers.tryDatabase(workshop.peer('gateway-1'), change);
      await logIn(url => url);
      await expect(logIn(url => url.replace(/&sslcert=.*$/, ''))).rejects.toThrow(/certificate/);
      await expect(logIn(url => url.replace(/\?.*$/, ''))).rejects.toThrow(/no encryption/);
      await expect(logIn(url => url.replace(/:\/\/wit:[^@]*@/, '://wit:guess@'))).rejects.toThrow(/password/);
    });

    test('[S24] is not let in by Redis', async () => {
      const logIn = async (change: (url: string) => string, how: object) => {
        const redis = new Redis(change(workshop.servers.redis.url), { lazyConnect: true, retryStrategy: () => null, tls: how });
        redis.on('error', () => undefined);
        await redis
          .connect()
          .then(() => redis.ping())
          .finally(() => redis.disconnect());
      };
      await logIn(url => url, tls);
      await expect(logIn(url => url, { ca: tls.ca })).rejects.toThrow();
      await expect(logIn(url => url.replace(/:[^:@]*@/, ':guess@'), tls)).rejects.toThrow();
    });
  });

  test('[S24] a program does not log in to a server that another authority vouches for', async () => {
    const { servers } = workshop;
    const foreign = await TestAuthority.make();
    const peer = { ...workshop.peer('gateway-1'), caFile: foreign.caFile };
    const log: string[] = [];
    const messages = openMessages({
      url: servers.natsUrl,
      credsFile: servers.natsCredentials('gateway'),
      peer,
      name: 'deceived',
      now: Date.now,
      log: line => log.push(line),
    });
    const redis = new RedisDoor(servers.redis.url, { peer: await readPeerIdentity(peer), trouble: sentence => log.push(String(sentence)) });
    await until(
      'both have tried',
      () =>
        log.some(line => /cannot connect: .*certificate/.test(line)) && log.some(line => /^Redis does not answer .*certificate/.test(line)),
    );
    expect([messages.state.ok, redis.client.status === 'ready']).toEqual([false, false]);
    await expect(servers.tryDatabase(peer, url => url)).rejects.toThrow(/certificate/);
    redis.close();
    await messages.close();
    foreign.remove();
  });

  test('[F17] with the message server dead every lane still stops every machine, also that of another node', async () => {
    for (const port of workshop.stopPorts) {
      const lane = new Lane(port, workshop.url, mara.session.stopPass);
      await lane.ready();
      if (port === workshop.stopPorts[0]) await workshop.servers.killNats();
      for (const equipment of ['mill-1', 'laser-1']) await lane.stage(lane.press(equipment), ['written']);
      const all = lane.press('all');
      await until(
        'both machines answered',
        () => lane.stages.filter(({ stopId, stage }) => stopId === all && stage === 'written').length === 2,
      );
      lane.close();
    }
    workshop.servers.restartNats();
    for (const equipment of ['mill-1', 'laser-1'])
      await until('it is latched', async () => (await mara.status(equipment)).value.stopLatch === 'latched');
  });
});
