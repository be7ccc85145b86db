import fc from 'fast-check';
import { expect, test } from 'vitest';
import { getInitialSnapshot, transition } from 'xstate';
import { type ProfileName, profileNames } from '../profiles/profile.ts';
import { alphabetOf, commandAlphabet, exploredInput } from '../verify/alphabet.ts';
import { beginningsOf } from '../verify/walk.ts';
import { equipmentChart } from './chart.ts';
import type { EquipmentContext } from './context.ts';
import { decisionsOf, reasonsAgainst } from './decide.ts';
import { decisionDigest } from './decision-digest.ts';
import type { EquipmentEvent } from './events.ts';

function after(profile: ProfileName, events: readonly EquipmentEvent[]): EquipmentContext {
  const chart = equipmentChart(profile);
  const start = getInitialSnapshot(chart, exploredInput(profile));
  return events.reduce((snapshot, event) => transition(chart, snapshot, event)[0], start).context;
}

/** The facts that any decision looked at, by name. */
function readBy(facts: EquipmentContext): Set<string> {
  const read = new Set<string>();
  const watched = new Proxy(facts, {
    get(target, name, receiver) {
      read.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  decisionsOf(watched);
  for (const { type, args, caller, facts: found } of commandAlphabet(facts.input.profile))
    reasonsAgainst(watched, caller, { command: type, args, ...(found ? { facts: found } : {}) }, 1);
  return read;
}

/** Something that this fact has not been. */
function other(name: string): unknown {
  if (name === 'degraded') return [{ code: 'none-of-these', message: 'None of these.', since: 1 }];
  if (name === 'site') return { rules: [{ id: 'none of these' }], facts: {} };
  return { id: 'none of these', job: 'none of these', stopId: 'none of these' };
}

/** `input` is given at the start of a life and never changed in it; why a machine is out of service changes only with its region. */
const fixed = ['input', 'outOfService'];

test.each(profileNames)('[EQ104] the digest of a %s changes with every fact that any decision reads', profile => {
  const places = fc.tuple(fc.constantFrom(...beginningsOf(profile)), fc.array(fc.constantFrom(...alphabetOf(profile)), { maxLength: 6 }));
  fc.assert(
    fc.property(places, ([beginning, walk]) => {
      const facts = after(profile, [...beginning, ...walk]);
      const digest = decisionDigest(facts);
      const unnoticed = [...readBy(facts)].filter(name => {
        if (fixed.includes(name)) return false;
        return decisionDigest({ ...facts, [name]: other(name) }, digest).text === digest.text;
      });
      expect(unnoticed).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
