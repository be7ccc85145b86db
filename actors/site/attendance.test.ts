import { describe, expect, test } from 'vitest';
import { Attendance } from './attendance.ts';

function attending() {
  const attendance = new Attendance(1_000);
  attendance.listening(true, 1_000);
  const say = (gateway: string, people: string[], at: number) => attendance.heard({ gateway, people }, at);
  return { attendance, say, anna: (at: number) => attendance.of('anna', at) };
}

describe('[SR7] whoever is in control counts as gone', () => {
  test('[SR7] when the gateway of the last session says so, after the time that loading a page takes', () => {
    const { say, anna } = attending();
    say('a', ['anna'], 2_000);
    expect(anna(2_000)).toBe('here');
    say('a', [], 3_000);
    expect([anna(3_000), anna(12_999), anna(13_000)]).toEqual(['unknown', 'unknown', 'gone']);
    say('a', ['anna'], 14_000);
    expect(anna(14_000)).toBe('here');
  });

  test('[SR7] not while another gateway has a session', () => {
    const { say, anna } = attending();
    say('a', ['anna'], 2_000);
    say('b', ['anna'], 2_000);
    say('a', [], 3_000);
    expect(anna(50_000)).toBe('here');
  });

  test('[SR7] not at once when a gateway dies: after a minute in which nobody speaks of them', () => {
    const { say, anna } = attending();
    say('a', ['anna'], 2_000);
    expect([anna(61_999), anna(62_000)]).toEqual(['here', 'gone']);
  });

  test('[SR7] never for want of messages: no time runs while none can come', () => {
    const { attendance, say, anna } = attending();
    say('a', ['anna'], 2_000);
    attendance.listening(false, 3_000);
    expect(anna(1_000_000)).toBe('here');
    attendance.listening(true, 1_000_000);
    expect([anna(1_058_999), anna(1_059_000)]).toEqual(['here', 'gone']);
  });

  test('[SR7] after a start, when nobody was heard of for a minute', () => {
    const { anna } = attending();
    expect([anna(60_999), anna(61_000)]).toEqual(['unknown', 'gone']);
  });

  test('[SR7] by the word of a gateway only', () => {
    const { attendance, anna } = attending();
    attendance.heard({ people: ['anna'] }, 2_000);
    attendance.heard(null, 2_000);
    expect(anna(2_000)).toBe('unknown');
  });
});
