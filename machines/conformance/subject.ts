import type { DeviceCondition } from '../../statecharts/equipment/reports.ts';
import type { Rig } from './rig.ts';
import type { Certified } from './suite.ts';

/** What a type that runs programs brings to its certification. */
export interface Subject extends Omit<Certified, 'checkWire'> {
  /** Brings a freshly connected device to rest and unlocked. */
  prepare(rig: Rig): Promise<void>;
  /** A program in the dialect: at least ten seconds of motion in real time, some hundred lines. */
  readonly program: readonly string[];
  /** Ways into the conditions this device knows, from prepared. */
  readonly conditions: readonly { readonly condition: DeviceCondition; enter(rig: Rig): Promise<void> }[];
  /** Realtime bytes of the protocol that may ever be written, and the first bytes of a stop. */
  readonly grammar: {
    readonly realtime: readonly number[];
    readonly lines: readonly RegExp[];
    readonly stop: readonly number[];
    /** Lines that only read, and may stand before and after a program. */
    readonly questions: RegExp;
  };
  /** Realtime bytes that cannot move anything: all that may follow a stop. */
  readonly harmless: readonly number[];
}
