import { z } from 'zod';
import { confirmStopWithinMs, type StopStage } from '../../gateway/contract/live.ts';
import type { Api } from './api.ts';
import { type Cell, cell, type Readable } from './cell.ts';
import type { Env } from './env.ts';
import type { Lane } from './lane.ts';
import type { Live } from './live.ts';
import { uuidv7 } from './uuidv7.ts';

/** How far a stop came at one equipment. `ms` as the lane measured it, from the arrival of the press. */
export interface StopReach {
  readonly written: number | null;
  readonly confirmed: number | null;
  /** Said by lane or node: this press did not reach the device. */
  readonly failed: string | null;
}

/** One press of a stop key. */
export interface Press {
  readonly stopId: string;
  /** An equipment id, or `all`. */
  readonly equipment: string;
  /** Browser time, ms since 1970. */
  readonly at: number;
  /** The doors the press went through at once; empty means that only HTTP was left. */
  readonly doors: readonly ('lane' | 'gateway')[];
  readonly targets: readonly string[];
  readonly reach: Readonly<Record<string, StopReach>>;
  /** The time in which a machine must confirm is over. */
  readonly overdue: boolean;
}

/** The stop keys of this page. Never refused, never queued, never confirmed first. */
export interface Stops {
  /** The newest press first; at most 20. */
  readonly presses: Readable<readonly Press[]>;
  /** `equipment` is an id, or `all` for every one of `targets`. */
  press(equipment: string, targets: readonly string[]): void;
}

interface Parts {
  readonly env: Env;
  readonly api: Api;
  readonly lane: Lane;
  readonly live: Live;
}

const nothingYet: StopReach = { written: null, confirmed: null, failed: null };

/** Makes the stop keys: each press goes through the lane and the gateway under one id, and over HTTP when neither is open. */
export function createStops(parts: Parts): Stops {
  const presses = cell<readonly Press[]>([]);
  parts.lane.onStage(stage => take(presses, stage));
  parts.live.onFrame(frame => {
    if (frame.type === 'stop') take(presses, frame.data);
  });
  return {
    presses,
    press(equipment, targets) {
      const stopId = uuidv7(parts.env);
      const doors: ('lane' | 'gateway')[] = [];
      if (parts.lane.press(stopId, equipment)) doors.push('lane');
      if (parts.live.send({ type: 'stop', equipment, stopId })) doors.push('gateway');
      const press: Press = { stopId, equipment, at: parts.env.now(), doors, targets, reach: {}, overdue: false };
      presses.update(all => [press, ...all].slice(0, 20));
      if (doors.length < 2)
        void overHttp(parts, press).then(failure => {
          if (failure !== null && doors.length === 0) change(presses, stopId, unsent => failed(unsent, failure));
        });
      parts.env.later(confirmStopWithinMs, () => change(presses, stopId, late => ({ ...late, overdue: true })));
    },
  };
}

/** True when every machine the press was meant for says that it rests. */
export function isConfirmed(press: Press): boolean {
  return press.targets.length > 0 && press.targets.every(target => typeof press.reach[target]?.confirmed === 'number');
}

/** True when somebody must use the hardware stop: the time is over or a machine could not be reached. */
export function isUnconfirmed(press: Press): boolean {
  return !isConfirmed(press) && (press.overdue || Object.values(press.reach).some(reach => reach.failed !== null));
}

/** No door was left and HTTP failed too. */
function failed(press: Press, reason: string): Press {
  const reach = Object.fromEntries(press.targets.map(target => [target, press.reach[target] ?? { ...nothingYet, failed: reason }]));
  return { ...press, reach };
}

function take(presses: Cell<readonly Press[]>, stage: StopStage): void {
  change(presses, stage.stopId, press => {
    const targets = stage.equipment === 'all' ? press.targets : [stage.equipment];
    const reach = { ...press.reach };
    for (const target of targets) reach[target] = reached(reach[target] ?? nothingYet, stage);
    return { ...press, reach };
  });
}

/** Two doors tell of one press: the first news of each kind counts. */
function reached(reach: StopReach, stage: StopStage): StopReach {
  switch (stage.stage) {
    case 'received':
      return reach;
    case 'written':
      return { ...reach, written: reach.written ?? stage.ms, failed: null };
    case 'confirmed':
      return { ...reach, confirmed: reach.confirmed ?? stage.ms, failed: null };
    default:
      return reach.written === null ? { ...reach, failed: stage.reason ?? stage.stage } : reach;
  }
}

function change(presses: Cell<readonly Press[]>, stopId: string, by: (press: Press) => Press): void {
  presses.update(all => all.map(press => (press.stopId === stopId ? by(press) : press)));
}

async function overHttp({ api }: Parts, press: Press): Promise<string | null> {
  const path = press.equipment === 'all' ? 'stop' : `equipment/${press.equipment}/stop`;
  const answer = await api.ask({ method: 'POST', path, json: { stopId: press.stopId }, answer: z.unknown(), keepalive: true });
  return answer.ok ? null : answer.error.title;
}
