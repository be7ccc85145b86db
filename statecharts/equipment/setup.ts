import { assign, setup } from 'xstate';
import { type AssignName, assigns, type EnterParams, type FaultParams } from './assigns.ts';
import type { EquipmentContext, EquipmentInput } from './context.ts';
import type { Effect } from './effects.ts';
import type { EquipmentEvent } from './events.ts';
import { type PermitsParams, permits, type WhenParams, when } from './guards.ts';
import type { TellParams, TimerParams } from './record.ts';

type Parameterised = {
  enter: EnterParams;
  raiseFault: FaultParams;
  dropAlarm: Pick<FaultParams, 'code'>;
  'timer.start': TimerParams;
  'timer.cancel': TimerParams;
  'job.tell': TellParams;
};
type Actions = Parameterised & Record<Exclude<AssignName | Effect['type'], keyof Parameterised>, undefined>;
type Guards = { permits: PermitsParams; when: WhenParams };
type NoMap = Record<never, never>;

/** Effects are recorded, never performed: without the runtime's recorders an effect action does nothing. */
const effect = (): void => {};

type PlainAssign = Exclude<AssignName, 'enter' | 'raiseFault' | 'dropAlarm'>;
const change = (name: PlainAssign) =>
  assign<EquipmentContext, EquipmentEvent, undefined, EquipmentEvent, never>(({ context, event }) =>
    assigns[name](context, event, undefined),
  );

/** Names, types and pure implementations that every region of the equipment chart shares. */
export const equipmentSetup = setup<EquipmentContext, EquipmentEvent, NoMap, NoMap, Actions, Guards, never, string, EquipmentInput>({
  guards: {
    permits: ({ context, event }, params) => permits(context, event, params),
    when: ({ context, event }, params) => when(context, event, params),
  },
  actions: {
    enter: assign<EquipmentContext, EquipmentEvent, EnterParams, EquipmentEvent, never>(({ context, event }, params) =>
      assigns.enter(context, event, params),
    ),
    raiseFault: assign<EquipmentContext, EquipmentEvent, FaultParams, EquipmentEvent, never>(({ context, event }, params) =>
      assigns.raiseFault(context, event, params),
    ),
    dropAlarm: assign<EquipmentContext, EquipmentEvent, Pick<FaultParams, 'code'>, EquipmentEvent, never>(({ context, event }, params) =>
      assigns.dropAlarm(context, event, params),
    ),
    takeAuthority: change('takeAuthority'),
    openLink: change('openLink'),
    closeLink: change('closeLink'),
    noteLinkReason: change('noteLinkReason'),
    forgetLinkReason: change('forgetLinkReason'),
    doubt: change('doubt'),
    settle: change('settle'),
    identify: change('identify'),
    sync: change('sync'),
    noteCondition: change('noteCondition'),
    noteOffsets: change('noteOffsets'),
    noteModes: change('noteModes'),
    noteHomed: change('noteHomed'),
    losePosition: change('losePosition'),
    noteCleared: change('noteCleared'),
    openGuard: change('openGuard'),
    confirmGuard: change('confirmGuard'),
    raiseAlarm: change('raiseAlarm'),
    clearAlarms: change('clearAlarms'),
    latch: change('latch'),
    unlatch: change('unlatch'),
    checkIn: change('checkIn'),
    checkOut: change('checkOut'),
    reserve: change('reserve'),
    unreserve: change('unreserve'),
    offer: change('offer'),
    unoffer: change('unoffer'),
    lockOut: change('lockOut'),
    removeLock: change('removeLock'),
    takeOut: change('takeOut'),
    bringBack: change('bringBack'),
    acknowledge: change('acknowledge'),
    noteChain: change('noteChain'),
    noteSite: change('noteSite'),
    noteDue: change('noteDue'),
    loadJob: change('loadJob'),
    unloadJob: change('unloadJob'),
    beginRun: change('beginRun'),
    endRun: change('endRun'),
    interruptRun: change('interruptRun'),
    degrade: change('degrade'),
    restore: change('restore'),
    'device.hold': effect,
    'device.resume': effect,
    'device.stop': effect,
    'device.abort': effect,
    'device.clear': effect,
    'device.home': effect,
    'device.jog': effect,
    'device.jog.cancel': effect,
    'device.mdi': effect,
    'device.override': effect,
    'device.program.run': effect,
    'device.program.finish': effect,
    'device.temperature': effect,
    'device.register': effect,
    'device.switch': effect,
    'link.open': effect,
    'link.close': effect,
    'timer.start': effect,
    'timer.cancel': effect,
    'job.tell': effect,
  },
});
