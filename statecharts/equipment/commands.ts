import { z } from 'zod';

const none = z.strictObject({});
const direction = z.union([z.literal(-1), z.literal(0), z.literal(1)]);

/** The argument schema of every command to an equipment; the keys are the command names of the whole system. */
export const commandArgs = {
  CLEAR: none,
  RESET: none,
  START: none,
  HOLD: none,
  UNHOLD: none,
  SUSPEND: none,
  UNSUSPEND: none,
  /** PackML STOP: orderly, labelled "End job". Not the stop key. */
  STOP: none,
  ABORT: none,
  COMPLETE: none,
  RELEASE_STOP: z.strictObject({ statement: z.literal('I am at the machine') }),
  HOME: none,
  /** `feed` mm/min. With `distance` (mm per axis moved) one step; without it hold-to-run, fed while grants arrive. */
  JOG: z.strictObject({
    jogId: z.uuid(),
    direction: z.strictObject({ x: direction.optional(), y: direction.optional(), z: direction.optional() }),
    feed: z.number().positive().max(20_000),
    distance: z.number().positive().max(100).optional(),
  }),
  /** One line of G-code typed by a person; passes the same allow-list as a program. */
  MDI: z.strictObject({ line: z.string().min(1).max(79) }),
  /** The port is given free, for another program or another cable, and stays so until CONNECT. */
  DISCONNECT: none,
  CONNECT: none,
  SET_MODE: z.strictObject({ mode: z.enum(['processing', 'setup', 'maintenance']) }),
  CHECK_IN: none,
  CHECK_OUT: none,
  /** Keeps a free machine for the caller; 15 minutes unless said otherwise. */
  RESERVE: z.strictObject({ minutes: z.number().int().min(1).max(120).optional() }),
  CANCEL_RESERVATION: none,
  /** Offers control to this person, who takes it with CHECK_IN. */
  HAND_OVER: z.strictObject({ to: z.string().min(1).max(80) }),
  LOCK_OUT: z.strictObject({ reason: z.string().min(1).max(120) }),
  REMOVE_LOCK: z.strictObject({ lock: z.string().min(1).max(80) }),
  TAKE_OUT_OF_SERVICE: z.strictObject({ reason: z.string().min(1).max(120) }),
  RETURN_TO_SERVICE: none,
  ACK_ALARM: none,
  /** The reset of the emergency-stop chain was seen to be done at the machine. */
  SAFETY_RESET_OBSERVED: z.strictObject({ statement: z.literal('I have seen the reset') }),
  LOAD_JOB: z.strictObject({ job: z.string().regex(/^[a-z0-9-]{1,40}$/) }),
  UNLOAD_JOB: none,
  /** `percent`: feed 10-200, rapid 25|50|100, spindle 10-200 (GRBL's ranges; the driver clamps to what its device has). */
  OVERRIDE: z.strictObject({ kind: z.enum(['feed', 'rapid', 'spindle']), percent: z.number().int().min(10).max(200) }),
  /** A program may switch the beam on from now on; without one it ends by itself. */
  ARM_LASER: none,
  DISARM_LASER: none,
  /** 0 switches the heater off. */
  SET_TEMPERATURE: z.strictObject({ heater: z.string().regex(/^[a-z0-9-]{1,20}$/), celsius: z.number().min(0).max(2_000) }),
  WRITE_REGISTER: z.strictObject({ register: z.string().regex(/^[a-z0-9-]{1,40}$/), value: z.number() }),
  SWITCH_ON: none,
  SWITCH_OFF: none,
} as const;

export type CommandName = keyof typeof commandArgs;
export type CommandArgs<N extends CommandName> = z.infer<(typeof commandArgs)[N]>;
export const commandNames = Object.keys(commandArgs) as CommandName[];
export const commandNameSchema = z.enum(commandNames as [CommandName, ...CommandName[]]);

/** Never refused for who or when; they ignore deadline and the state seen (permit A). */
export const stopLikeCommands: readonly CommandName[] = ['HOLD', 'STOP', 'ABORT'];
