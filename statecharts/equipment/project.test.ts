import { describe, expect, test } from 'vitest';
import type { EquipmentEvent } from './events.ts';
import { equipmentChartIdentity, toStatus, toSummary } from './project.ts';
import { equipmentStatusSchema, summarySchema } from './status.ts';
import { arrival, bench, command, mara, millInput, preparation, programEnded, running } from './test-bench.ts';

const meta = { seq: 7, decisionSeq: 3, at: 5_000 };
const status = (events: readonly EquipmentEvent[], progress = {}) =>
  equipmentStatusSchema.parse(toStatus({ context: bench(events).facts() }, { ...meta, ...progress }));

describe('the status document', () => {
  test('fits its schema from the first moment on and carries its place in the journal', () => {
    expect(status([])).toMatchObject({ actor: 'equipment/mill-1', seq: 7, decisionSeq: 3, truth: 'unknown', simulated: true });
    expect(status([]).chart).toEqual(equipmentChartIdentity('motion'));
  });

  test.each([
    ['UNAVAILABLE', 'NotAvailable', []],
    ['INTERRUPTED', 'NotExecuting', arrival],
    ['READY', 'NotExecuting', preparation],
    ['ACTIVE', 'Executing', running],
    ['FEED_HOLD', 'Executing', [...running, command('HOLD', {})]],
    ['WAIT', 'Executing', [...running, { type: 'device.condition', condition: 'door-open', at: 1 }]],
    ['STOPPED', 'Executing', [...running, command('STOP', {})]],
    ['PROGRAM_COMPLETED', 'NotExecuting', [...running, programEnded('complete'), { type: 'device.condition', condition: 'idle', at: 1 }]],
  ] as readonly (readonly [string, string, readonly EquipmentEvent[]])[])(
    'says %s and %s as integrators know them',
    (execution, machinery, events) => {
      expect(status(events)).toMatchObject({ execution, machineryState: machinery });
    },
  );

  test('is out of service in maintenance mode', () => {
    const maintainer = { ...mara, role: 'maintainer' } as const;
    const events = [...preparation, command('SET_MODE', { mode: 'maintenance' }, maintainer)];
    expect(status(events)).toMatchObject({ machineryState: 'OutOfService', value: { mode: 'maintenance' } });
  });

  test('shows the lines that the driver counts while the program runs, and the outcome after', () => {
    const progress = { progress: { job: 'job-1', sent: 42, acknowledged: 40, total: 100 } };
    expect(status(running, progress).run).toMatchObject({ result: 'running', sent: 42, acknowledged: 40 });
    expect(status([...running, programEnded('failed')], progress).run).toMatchObject({ result: 'failed', sent: 100 });
  });

  test('[G8] is never live about a machine that does not answer, and says why', () => {
    const lost = status([...running, { type: 'link.lost', reason: 'unplugged', at: 40 }]);
    expect(lost).toMatchObject({ truth: 'stale', detail: 'State not known: unplugged' });
    expect(lost.tags).toContain('indeterminate');
    const silent = status([...running, { type: 'link.silent', ms: 3_000, at: 40 }]);
    expect(silent).toMatchObject({ truth: 'stale', detail: 'The machine does not answer: its state is not known' });
  });

  test('says why it is not connected, until it is', () => {
    const lost = (reason: string) => [...arrival, { type: 'link.lost', reason, at: 40 }] as const;
    expect(status([]).detail).toBe('Not connected');
    const gone = lost('There is no port /dev/ttyUSB0.');
    expect(status(gone).detail).toBe('Not connected: There is no port /dev/ttyUSB0.');
    expect(status([...gone, { type: 'link.up', at: 41 }]).detail).toBe('Connecting');
    const again = [...gone, { type: 'link.up', at: 41 }, { type: 'authority.lost', at: 42 }] as const;
    expect(status(again).detail).toBe('Not connected');
    const long = status(lost(`There is no port /dev/serial/by-id/${'usb-'.repeat(30)}.`)).detail;
    expect([[...long].length, long.startsWith('Not connected: There is no port /dev/serial/'), long.endsWith('…')]).toEqual([
      80,
      true,
      true,
    ]);
  });

  test('says in one line what matters most', () => {
    expect(status(preparation).detail).toBe('Ready');
    expect(status(running).detail).toBe('Running: bracket.nc');
    expect(status([...running, { type: 'device.condition', condition: 'door-open', at: 1 }]).detail).toBe('The door is open');
    const alarm = { type: 'device.alarm', code: 'alarm-1', text: 'Hard limit X', positionLost: true, at: 60 } as const;
    expect(status([...running, alarm]).detail).toBe('Hard limit X');
  });

  test('tags what produces and what waits for a person', () => {
    expect(status(running).tags).toEqual(['producing', 'energised']);
    expect(status([...running, command('HOLD', {}), { type: 'device.condition', condition: 'held', at: 1 }]).tags).toEqual([
      'energised',
      'needs-person',
    ]);
  });
});

describe('the summary', () => {
  test('counts the progress of the program', () => {
    const facts = bench(running).facts();
    const progress = { job: 'job-1', sent: 42, acknowledged: 40, total: 100 };
    expect(summarySchema.parse(toSummary({ context: facts }, { at: 1, progress })).progress).toBe(40);
    expect(toSummary({ context: bench(preparation).facts() }, { at: 1 }).progress).toBeNull();
  });

  test('is at most 300 bytes whatever people write', () => {
    const long = 'Fräsmaschine '.repeat(20);
    const input = { ...millInput, id: 'a'.repeat(40), name: long };
    const alarm = { type: 'device.alarm', code: 'a', text: long, positionLost: true, at: 60 } as const;
    const facts = bench([...arrival, command('CHECK_IN', {}, { ...mara, name: long }), alarm], input).facts();
    const summary = summarySchema.parse(toSummary({ context: facts }, { at: 1_790_000_000_000 }));
    expect(new TextEncoder().encode(JSON.stringify(summary)).length).toBeLessThanOrEqual(300);
    expect(summary.name.length).toBeGreaterThan(3);
  });
});
