import { expect, it } from 'vitest';
import { grblDialect } from './dialect.ts';
import { Controller } from './simulator/controller.ts';

/** The reply of an unlocked controller without travel limits. */
function reply(line: string): string {
  const sent: string[] = [];
  const controller = new Controller({ name: 'dialect', timeFactor: 1e6, now: 0, emit: text => void sent.push(text.trim()) });
  for (const byte of Buffer.from(`$X\n$20=0\n${line}\n`)) controller.receive(byte, 0);
  controller.advance(1e6);
  return sent.at(-1) ?? '';
}

it('allows no code that the firmware does not know', () => {
  const codes = [...[...grblDialect.g, ...grblDialect.mdiG].map(code => `G${code}`), ...grblDialect.m.map(code => `M${code}`)];
  const unknown = codes.filter(code => ['error:20', 'error:23'].includes(reply(code)));
  expect(unknown).toEqual([]);
});

it('allows no word that the firmware does not know', () => {
  expect([...grblDialect.axes, ...grblDialect.words].filter(letter => reply(`${letter}1`) === 'error:20')).toEqual([]);
  expect(reply('A1')).toBe('error:20');
});
