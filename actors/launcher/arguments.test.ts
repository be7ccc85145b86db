import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';

describe('the command line', () => {
  it('runs everything with the demo on first start when nothing is said', () => {
    expect(readArguments([])).toEqual({ ok: true, arguments: { role: 'launcher', demo: 'first-start', demoSpeed: 1, demoLog: false } });
  });

  it('takes every option', () => {
    const result = readArguments(['--role', 'migrate', '--no-demo', '--demo-speed', '20', '--demo-log']);
    expect(result).toEqual({ ok: true, arguments: { role: 'migrate', demo: 'unwanted', demoSpeed: 20, demoLog: true } });
  });

  it.each([['--what'], ['--role', 'king'], ['--demo-speed', 'fast'], ['--demo-speed', '-1'], ['stray']])(
    'refuses %s %s and names what it knows',
    (...words) => {
      const result = readArguments(words.filter(word => typeof word === 'string'));
      expect(result).toMatchObject({ ok: false, sentence: expect.stringContaining('--no-demo') });
    },
  );
});
