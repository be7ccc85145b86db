import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { equipmentKind } from '../../actors/equipment/equipment-kind.ts';
import { startChartActor } from '../../actors/system/chart-actor.ts';
import { commandNameSchema, commandNames } from '../../statecharts/equipment/commands.ts';
import { decideFor } from '../../statecharts/equipment/decide.ts';
import { type ProfileName, profileNames } from '../../statecharts/profiles/profile.ts';
import { type VectorFile, vectorsOf, vectorText } from './make-vectors.ts';
import { callers, lookedUp, machineOf, now, situations } from './situations.ts';

const textOf = (family: ProfileName) =>
  readFileSync(join(import.meta.dirname, '..', '..', 'statecharts', 'equipment', 'vectors', `${family}.json`), 'utf8');
const read = (family: ProfileName) => JSON.parse(textOf(family)) as VectorFile;

/** Every question of a file to every caller. */
function* questionsIn({ situations: told }: VectorFile) {
  for (const { name, status, vectors } of told)
    for (const { command, args, reasons } of vectors)
      for (const caller of Object.values(callers)) {
        const asked = { command: commandNameSchema.parse(command), args };
        yield {
          name,
          status,
          asked,
          caller,
          expected: reasons[caller.id],
          label: `${name}: ${caller.id} ${command} ${JSON.stringify(args)}`,
        };
      }
}

test('[EQ108] the golden vectors ask for every command, which is allowed to somebody and refused to somebody', () => {
  const answers = profileNames
    .map(read)
    .flatMap(file =>
      file.situations.flatMap(({ vectors }) =>
        vectors.flatMap(({ command, reasons }) => Object.values(reasons).map(codes => `${command} ${codes.length === 0}`)),
      ),
    );
  const seen = new Set(answers);
  const missing = commandNames.flatMap(command => [true, false].map(allowed => `${command} ${allowed}`)).filter(one => !seen.has(one));
  expect(missing).toEqual([]);
});

describe.each(profileNames)('the golden vectors of %s', family => {
  test('[EQ108] are those of the present rules: else run npm run vectors and look at what changed', () => {
    expect(textOf(family)).toBe(vectorText(vectorsOf(family)));
  });

  test('[EQ108] are what decideFor says of the document', () => {
    for (const { status, asked, caller, expected, label } of questionsIn(read(family))) {
      const { allowed, reasons } = decideFor(status, caller, asked, now);
      expect(
        reasons.map(reason => reason.code),
        label,
      ).toEqual(expected);
      expect(allowed, label).toBe(expected?.length === 0);
    }
  });

  test('[EQ108] are what the owner decides, and it takes a command exactly when no reason is given', () => {
    const chart = equipmentKind(machineOf(family), () => null);
    const after = Object.entries(situations[family]).map(([name, events]) => {
      const actor = startChartActor({ chart, from: null });
      for (const event of events) expect(actor.send(event).ok).toBe(true);
      return [name, actor] as const;
    });
    const actors = new Map(after);
    for (const { name, asked, caller, expected, label } of questionsIn(read(family))) {
      const actor = actors.get(name);
      if (!actor) throw new Error(name);
      const request = { id: `${asked.command}-2`, ...asked, caller, facts: lookedUp };
      const codes = chart.decide(actor.state(), request, now).map(reason => reason.code);
      expect(codes, label).toEqual(expected);
      const copy = startChartActor({ chart, from: actor.persisted() });
      const before = JSON.stringify(copy.persisted());
      const sent = copy.send(chart.toEvent(request, now));
      const acts = sent.ok && (sent.effects.length > 0 || JSON.stringify(copy.persisted()) !== before);
      expect(acts, label).toBe(expected?.length === 0);
      copy.stop();
    }
    for (const [, actor] of after) actor.stop();
  });
});
