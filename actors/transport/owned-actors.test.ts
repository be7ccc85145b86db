import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Heartbeat, heartbeatSchema } from './envelopes.ts';
import { ownedActors, toPulse } from './owned-actors.ts';

/** As a release without `said` takes a pulse. */
const formerSchema = z.object({
  node: z.string(),
  boot: z.string(),
  monotonicMs: z.number(),
  at: z.number(),
  owns: z.array(z.strictObject({ actor: z.string(), epoch: z.number() })),
  types: z.array(z.strictObject({ type: z.string(), title: z.string() })),
  kinds: z.array(z.string()).optional(),
  stopSocket: z.string(),
  stopLine: z.string().max(300).optional(),
  database: z.strictObject({ ok: z.boolean(), since: z.number() }),
});
const rest = { node: 'n1', boot: 'b', monotonicMs: 1, at: 1, types: [], stopSocket: '/s', database: { ok: true, since: 0 } };
const owned = [
  { actor: 'equipment/mill-1', epoch: 3, seq: 41 },
  { actor: 'equipment/extractor-1', epoch: 1, seq: 0 },
];

test('[F38] a pulse that tells of statuses is understood by a release that does not know of it, and by this one', () => {
  const pulse: Heartbeat = { ...rest, ...toPulse(owned) };
  expect(formerSchema.parse(pulse).owns).toEqual(owned.map(({ actor, epoch }) => ({ actor, epoch })));
  expect(ownedActors(heartbeatSchema.parse(pulse))).toEqual(owned);
});

test('[F38] a pulse of a former release says what is owned, and of statuses nothing', () => {
  const pulse = formerSchema.parse({ ...rest, ...toPulse(owned) });
  expect(ownedActors(heartbeatSchema.parse(pulse))).toEqual(owned.map(one => ({ ...one, seq: 0 })));
  expect(ownedActors({ ...toPulse(owned), said: [41] }).map(({ seq }) => seq)).toEqual([0, 0]);
});

test('[P4] the pulse of a node with 1,000 machines is a fraction of what a message may hold', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => ({ actor: `equipment/some-machine-${n}`, epoch: 1_000, seq: 1_000_000 + n }));
  const bytes = (part: unknown) => Buffer.byteLength(JSON.stringify(part));
  expect(bytes(toPulse(many).said)).toBeLessThan(8_192);
  expect(bytes({ ...rest, ...toPulse(many) })).toBeLessThan(1_048_576 / 8);
});
