import type { CodedReason } from '../../refusal.ts';
import { siteReasons } from '../../site/rule.ts';
import { ruleCodes } from '../../site/template.ts';
import { missingSupplies } from '../chain.ts';
import type { EquipmentContext } from '../context.ts';
import type { DeviceCondition } from '../reports.ts';
import { type StandingRestriction, type SurroundingId, standingRestriction } from './restriction.ts';

const supplyWords = {
  extraction: 'The extraction does not run.',
  air: 'There is no air pressure.',
  coolant: 'There is no coolant.',
} as const;

/** What surrounds the machine: its service, its chain, its site, and the one thing that a family adds. */
export const surrounding: Readonly<Record<SurroundingId, StandingRestriction>> = {
  disconnected: standingRestriction(['not-disconnected'], {
    test: ({ regions: { connection } }) => connection === 'disconnected',
    explain: () => ({ code: 'not-disconnected', message: 'The machine is not disconnected: W.I.T. connects to it by itself.' }),
  }),
  'not-disconnected': standingRestriction(['already-disconnected'], {
    test: ({ regions: { connection } }) => connection !== 'disconnected',
    explain: () => ({ code: 'already-disconnected', message: 'The machine is disconnected already.' }),
  }),
  'link-spare': standingRestriction(['may-be-moving', 'not-at-rest'], {
    test: facts => !reachesIt(facts) || doing(facts) === 'rests',
    explain: facts => (doing(facts) === 'unknown' ? mayMove : notAtRest(facts)),
  }),
  'switched-off': standingRestriction(['switched-on', 'heated', 'power-unknown'], {
    test: facts => powerOf(facts) === 'off',
    explain: facts => powerReasons[powerOf(facts)],
  }),
  'chain-released': standingRestriction(['emergency-stop', 'protective-stop'], {
    test: ({ regions: { safety } }) => safety !== 'estop' && safety !== 'protectiveStop',
    explain: ({ regions: { safety } }) =>
      safety === 'estop'
        ? {
            code: 'emergency-stop',
            message: 'The emergency stop of the machine is pressed.',
            remedy: { text: 'Release it at the machine.' },
          }
        : {
            code: 'protective-stop',
            message: 'A protective device of the machine has stopped it.',
            remedy: { text: 'Clear it at the machine.' },
          },
  }),
  'reset-required': standingRestriction(['no-reset-required'], {
    test: facts => facts.regions.safety === 'resetRequired',
    explain: () => ({ code: 'no-reset-required', message: 'No reset of the safety chain is waited for.' }),
  }),
  interlocks: standingRestriction(['extraction-missing', 'air-missing', 'coolant-missing'], {
    test: facts => missingSupplies(facts.chain ?? {}).length === 0,
    explain: facts =>
      missingSupplies(facts.chain ?? {}).map(name => ({
        code: `${name}-missing` as const,
        message: supplyWords[name],
        remedy: { text: 'Switch it on at the machine.' },
      })),
  }),
  'in-service': standingRestriction(['locked-out', 'out-of-service', 'maintenance-due'], {
    test: facts => serviceReasons(facts).length === 0,
    explain: serviceReasons,
  }),
  locked: standingRestriction(['not-locked'], {
    test: facts => facts.regions.maintenance === 'lockedOut',
    explain: () => ({ code: 'not-locked', message: 'The machine is not locked out.' }),
  }),
  unlocked: standingRestriction(['locked-out'], { test: facts => facts.regions.maintenance !== 'lockedOut', explain: lockedReasons }),
  'out-of-service': standingRestriction(['in-service'], {
    test: facts => facts.regions.maintenance === 'outOfService',
    explain: () => ({ code: 'in-service', message: 'The machine is in service.' }),
  }),
  'not-out-of-service': standingRestriction(['out-of-service'], {
    test: facts => facts.regions.maintenance !== 'outOfService',
    explain: outReason,
  }),
  'alarm-active': standingRestriction(['no-alarm'], {
    test: facts => facts.regions.alarms === 'active',
    explain: () => ({ code: 'no-alarm', message: 'No alarm waits to be acknowledged.' }),
  }),
  reserved: standingRestriction(['not-reserved'], {
    test: facts => facts.regions.occupancy === 'reserved',
    explain: () => ({ code: 'not-reserved', message: 'The machine is not reserved.' }),
  }),
  'not-absent': standingRestriction(['holder-absent'], {
    test: facts => facts.regions.occupancy !== 'absent',
    explain: ({ holder }) => ({
      code: 'holder-absent',
      message: `${holder?.name ?? 'Whoever is in control'} counts as absent.`,
      remedy: { text: 'They take control again, by being here.', command: 'CHECK_IN' },
    }),
  }),
  site: standingRestriction(ruleCodes, { test: facts => siteReasons(facts.site).length === 0, explain: facts => siteReasons(facts.site) }),
  armed: standingRestriction(['not-armed'], {
    test: ({ regions: { beam } }) => beam === 'armed' || beam === 'firing',
    explain: () => ({
      code: 'not-armed',
      message: 'The laser is not armed.',
      remedy: { text: 'Arm the laser, at the machine.', command: 'ARM_LASER' },
    }),
  }),
  disarmed: standingRestriction(['already-armed'], {
    test: facts => facts.regions.beam === 'disarmed',
    explain: () => ({ code: 'already-armed', message: 'The laser is armed already.' }),
  }),
  'heat-known': standingRestriction(['heat-unknown'], {
    test: ({ regions: { heat } }) => heat === 'on' || heat === 'off',
    explain: () => ({
      code: 'heat-unknown',
      message: 'It is not known what the heaters do.',
      remedy: { text: 'Wait until they were read.' },
    }),
  }),
  'output-on': standingRestriction(['already-off'], {
    test: facts => facts.regions.output !== 'off',
    explain: () => ({ code: 'already-off', message: 'It is off already.' }),
  }),
  'output-off': standingRestriction(['already-on', 'output-unknown'], {
    test: facts => facts.regions.output === 'off',
    explain: ({ regions }) =>
      regions.output === 'on'
        ? { code: 'already-on', message: 'It is on already.' }
        : { code: 'output-unknown', message: 'It is not known whether it is on.', remedy: { text: 'Wait until it was read.' } },
  }),
};

/** Something of ours would come to the machine: at a foreign one behind our link it would not. */
function reachesIt({ linkOpen, regions }: EquipmentContext): boolean {
  return linkOpen && regions.connection !== 'offline';
}

/** Where nothing moves or will move by itself; what turns there is ended by the driver that closes. */
const resting: readonly DeviceCondition[] = ['idle', 'held', 'alarm', 'door-closed', 'door-open', 'check', 'asleep'];

function doing({ indeterminate, condition }: EquipmentContext): 'rests' | 'moves' | 'unknown' {
  if (indeterminate !== null || condition === null) return 'unknown';
  return resting.includes(condition) ? 'rests' : 'moves';
}

const mayMove: CodedReason<'may-be-moving'> = {
  code: 'may-be-moving',
  message: 'It is not known what the machine does: the open link is what can stop it.',
  remedy: { text: 'Wait until it answers, or take away its power or its cable.' },
};

function notAtRest({ condition }: EquipmentContext): CodedReason<'not-at-rest'> {
  return {
    code: 'not-at-rest',
    message: `The controller says: ${condition}. What moves could not be stopped any more.`,
    remedy: { text: 'Wait until the machine rests, or stop it.' },
  };
}

type Power = 'off' | 'on' | 'heated' | 'unknown';

/** What would go on with nobody to end it; where no link is open, nobody could anyway. */
function powerOf(facts: EquipmentContext): Power {
  const { output, heat } = facts.regions;
  if (output === 'on') return 'on';
  if (heat === 'on') return 'heated';
  return reachesIt(facts) && (output === 'unknown' || heat === 'unknown') ? 'unknown' : 'off';
}

const unknownPower: CodedReason<'power-unknown'> = {
  code: 'power-unknown',
  message: 'It is not known whether it is on: the open link is what can switch it off.',
  remedy: { text: 'Wait until it was read, or take away its power.' },
};
const powerReasons: Readonly<Record<Power, CodedReason<'switched-on' | 'heated' | 'power-unknown'>>> = {
  off: unknownPower,
  on: {
    code: 'switched-on',
    message: 'It is on, and could not be switched off.',
    remedy: { text: 'Switch it off.', command: 'SWITCH_OFF' },
  },
  heated: { code: 'heated', message: 'It is heated, and could not be switched off.', remedy: { text: 'Set every heater to 0.' } },
  unknown: unknownPower,
};

type ServiceCode = 'locked-out' | 'out-of-service' | 'maintenance-due';

function serviceReasons(facts: EquipmentContext): CodedReason<ServiceCode>[] {
  const { regions, serviceDue } = facts;
  if (regions.maintenance === 'lockedOut') return lockedReasons(facts);
  if (regions.maintenance === 'outOfService') return [outReason(facts)];
  return serviceDue.flatMap(item =>
    item.enforced
      ? [{ code: 'maintenance-due', message: `Maintenance is due: ${item.text}.`, remedy: { text: 'Do it, and note it as done.' } }]
      : [],
  );
}

function lockedReasons({ locks }: EquipmentContext): CodedReason<'locked-out'>[] {
  return locks.map(({ byName, reason }) => ({
    code: 'locked-out',
    message: `Locked out by ${byName}: ${reason}.`,
    remedy: { text: `${byName} removes this lock when the work is done.`, command: 'REMOVE_LOCK' },
  }));
}

function outReason({ outOfService }: EquipmentContext): CodedReason<'out-of-service'> {
  const message = outOfService
    ? `Taken out of service by ${outOfService.byName}: ${outOfService.reason}.`
    : 'The machine is out of service.';
  return { code: 'out-of-service', message, remedy: { text: 'A maintainer returns it to service.', command: 'RETURN_TO_SERVICE' } };
}
