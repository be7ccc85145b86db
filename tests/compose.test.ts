import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configVariables, readConfig } from '../actors/config.ts';

const root = resolve(import.meta.dirname, '..');

const secretUse = z.union([z.string(), z.looseObject({ source: z.string(), target: z.string() })]);
const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(secretUse).default([]),
  configs: z.array(z.looseObject({ source: z.string() })).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('./secrets/') })),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
  volumes: z.record(z.string(), z.unknown()),
});

const compose = composeSchema.parse(parse(readFileSync(resolve(root, 'compose.yaml'), 'utf8'), { merge: true }));
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.image.startsWith('wit:'));
const dockerfile = readFileSync(resolve(root, 'Dockerfile'), 'utf8');

function witVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('WIT_')));
}

describe('the production shape', () => {
  test('has a balancer, gateways, nodes with a stop lane beside each, three NATS servers, PostgreSQL with a replica, and Redis', () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      [
        ...['balancer', 'gateway-1', 'gateway-2', 'migrate', 'nats-1', 'nats-2', 'nats-3', 'node-1', 'node-2'],
        ...['postgres-primary', 'postgres-replica', 'redis', 'stop-lane-1', 'stop-lane-2'],
      ].sort(),
    );
  });

  test.each(ours)('%s uses only variables that the configuration knows, with values it accepts', (_name, service) => {
    const variables = witVariables(service.environment);
    expect(Object.keys(variables).filter(name => !configVariables.includes(name))).toEqual([]);
    expect(readConfig(variables)).toMatchObject({ ok: true });
  });

  test.each(ours)('%s runs a role that exists', (_name, service) => {
    expect(['gateway', 'node', 'stop-lane', 'migrate']).toContain(service.command?.[0]);
  });

  test.each(services)('%s takes only secrets, settings and volumes that are declared', (_name, service) => {
    const secrets = service.secrets.map(use => (typeof use === 'string' ? use : use.source));
    expect(secrets.filter(name => !(name in compose.secrets))).toEqual([]);
    expect(service.configs.filter(({ source }) => !(source in compose.configs))).toEqual([]);
    const named = service.volumes.map(volume => volume.split(':')[0] ?? '');
    expect(named.filter(name => !(name in compose.volumes))).toEqual([]);
  });

  test.each(ours)('%s finds every secret file that its variables name', (_name, service) => {
    const files = Object.values(service.environment).filter(value => value.startsWith('/run/secrets/'));
    const given = service.secrets.map(use => `/run/secrets/${typeof use === 'string' ? use : use.target}`);
    expect(files.filter(file => !given.includes(file))).toEqual([]);
  });

  test.each(ours)('[S24] %s shows who it is, and speaks TLS with NATS, PostgreSQL and Redis', (_name, { environment }) => {
    const read = readConfig(witVariables(environment));
    const files = { certFile: '/run/secrets/peer-cert', keyFile: '/run/secrets/peer-key', caFile: '/run/secrets/peer-ca' };
    expect(read).toMatchObject({ ok: true, config: { peer: files } });
    const urls = Object.entries(environment).flatMap(([name, value]) => (name.endsWith('_URL') ? value.split(',') : []));
    const tls = `sslmode=verify-full&sslrootcert=${files.caFile}&sslcert=${files.certFile}&sslkey=${files.keyFile}`;
    expect(urls.filter(url => !/^(tls|rediss):/.test(url) && !url.endsWith(`?${tls}`))).toEqual([]);
  });

  test('[F17] each node has a stop lane that shares its folder, and a line for the lanes of the others', () => {
    const nodes = ours.filter(([, service]) => service.command?.[0] === 'node');
    const lanes = ours.filter(([, service]) => service.command?.[0] === 'stop-lane');
    expect(lanes.map(([, service]) => service.volumes)).toEqual(nodes.map(([, service]) => service.volumes));
    expect(nodes.map(([name, { environment }]) => environment.WIT_STOP_LINE?.split(':')[0] === name)).toEqual(nodes.map(() => true));
  });

  test('[S18] gateways share nothing but the servers, and the balancer sends a browser to any of them', () => {
    const gateways = ours.filter(([, service]) => service.command?.[0] === 'gateway');
    expect(new Set(gateways.flatMap(([, service]) => service.volumes)).size).toBe(gateways.length);
    expect(gateways.every(([, { environment }]) => environment.WIT_REDIS_URL !== undefined)).toBe(true);
    expect(compose.configs.balancer?.content).not.toMatch(/cookie|stick|source/);
  });

  test('holds no password in a variable', () => {
    const values = services.flatMap(([, service]) => Object.values(service.environment));
    expect(values.filter(value => /:\/\/[^/@]*:[^/@]+@/.test(value))).toEqual([]);
    expect(services.flatMap(([, service]) => Object.keys(service.environment)).filter(name => /PASSWORD$|SECRET$/.test(name))).toEqual([]);
  });

  test('opens only the pages and the stop lane to the outside', () => {
    const open = services.flatMap(([name, service]) => service.ports.map(port => `${name} ${port}`));
    expect(open).toEqual(['balancer 8000:8000', 'balancer 8001:8001']);
  });

  test('names every image with an exact version', () => {
    const images = [
      ...services.map(([, service]) => service.image),
      ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map(match => match[1] ?? ''),
    ];
    expect(images.filter(image => !/:\d+\.\d+/.test(image))).toEqual([]);
  });

  test('the image sets only variables that the configuration knows', () => {
    const named = [...dockerfile.matchAll(/\b(WIT_[A-Z_]+)=/g)].map(match => match[1] ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(name => !configVariables.includes(name))).toEqual([]);
  });
});
