import { z } from 'zod';
import { roleSchema } from '../caller.ts';
import { profileSchema } from '../profiles/profile.ts';
import { reasonSchema } from '../refusal.ts';
import { siteStateSchema } from '../site/rule.ts';
import { commandNameSchema } from './commands.ts';

const promisedSchema = z.strictObject({ id: z.string(), name: z.string(), until: z.number() });
const lockSchema = z.strictObject({ by: z.string(), byName: z.string(), at: z.number(), reason: z.string() });
const wired = z.boolean().optional();
const chainSchema = z.strictObject({
  emergencyStop: wired,
  protectiveStop: wired,
  resetRequired: wired,
  extraction: wired,
  air: wired,
  coolant: wired,
});
const limitsSchema = z.strictObject({
  temperatures: z.record(z.string(), z.number()).optional(),
  registers: z.record(z.string(), z.strictObject({ min: z.number(), max: z.number() })).optional(),
});
const axes = z.strictObject({ x: z.number(), y: z.number(), z: z.number() });

/** What is true of a command for everybody (`reasons`) and what the caller must bring (`needs`). */
export const decisionSchema = z.strictObject({
  reasons: z.array(reasonSchema),
  needs: z.strictObject({
    role: roleSchema.optional(),
    /** The caller must hold control; the id of the present holder, or null when nobody does. */
    holder: z.string().nullable().optional(),
    /** The caller must have stated to be at the machine. */
    presence: z.boolean().optional(),
    /** The caller must have these trainings. */
    qualifications: z.array(z.string()).optional(),
    /** The command's own words, e.g. RELEASE_STOP's statement. */
    confirmation: z.string().optional(),
  }),
});
export type Decision = z.infer<typeof decisionSchema>;

/** How a program run stands or ended; lines are 1-based in the cleaned program. */
export const runSchema = z.strictObject({
  job: z.string(),
  result: z.enum(['running', 'complete', 'stopped', 'aborted', 'failed', 'interrupted']),
  sent: z.number(),
  acknowledged: z.number(),
  total: z.number(),
  uncertain: z.tuple([z.number(), z.number()]).optional(),
  error: z.strictObject({ line: z.number(), code: z.string(), text: z.string() }).optional(),
  by: z.string().optional(),
  at: z.number(),
});

/** The status document of one equipment: published whole whenever it changes. Times are ms since 1970 on the owner's clock. */
export const equipmentStatusSchema = z.strictObject({
  v: z.literal(1),
  /** `equipment/mill-1` */
  actor: z.string(),
  name: z.string(),
  /** Driver folder name, for people; no client may branch on it. */
  type: z.string(),
  node: z.string(),
  /** The family, which decides what commands and regions there are. */
  profile: profileSchema,
  limits: limitsSchema.optional(),
  seq: z.number(),
  /** Changes only when something that a decision reads changed; commands are bound to it. */
  decisionSeq: z.number(),
  epoch: z.number(),
  at: z.number(),
  chart: z.strictObject({ id: z.string(), version: z.string(), hash: z.string() }),
  simulated: z.boolean(),
  /** State of each region: `{execution: 'Idle', safety: 'notObserved', ...}`; nested states joined by dots. */
  value: z.record(z.string(), z.string()),
  /** When each region entered its state. */
  since: z.record(z.string(), z.number()),
  /** `producing`, `energised`, `indeterminate`, `observed`, `needs-person` ... */
  tags: z.array(z.string()),
  truth: z.enum(['live', 'stale', 'unknown']),
  /** One line: what this state means, in words of the floor ("Hard limit X", "tool change"). */
  detail: z.string(),
  holder: z.strictObject({ id: z.string(), name: z.string(), since: z.number() }).nullable(),
  /** For whom the machine is kept, and to whom its holder offers it. */
  reservation: promisedSchema.nullable(),
  offer: promisedSchema.nullable(),
  locks: z.array(lockSchema.extend({ id: z.string() })),
  outOfService: lockSchema.nullable(),
  serviceDue: z.array(z.strictObject({ id: z.string(), text: z.string(), since: z.number(), enforced: z.boolean() })),
  /** The rules of the site in force here, with the facts that they ask for. */
  site: siteStateSchema,
  /** Why the site suspended or ended the run, in words; null when it did not. */
  siteLoss: z.array(z.string()).nullable(),
  chain: chainSchema.nullable(),
  job: z
    .strictObject({
      id: z.string(),
      name: z.string(),
      hash: z.string(),
      lines: z.number(),
      bounds: z.strictObject({ min: axes, max: axes }).nullable(),
    })
    .nullable(),
  run: runSchema.nullable(),
  alarms: z.array(
    z.strictObject({
      code: z.string(),
      text: z.string(),
      at: z.number(),
      /** 1 act now, 2 soon, 3 to be known. */
      priority: z.union([z.literal(1), z.literal(2), z.literal(3)]),
      /** The first of those that stand together. */
      first: z.boolean(),
      acknowledged: z.strictObject({ by: z.string(), at: z.number() }).nullable(),
    }),
  ),
  homed: z.boolean(),
  /** The link is open, whether or not anybody answers on it; absent from what an older node says. */
  linkOpen: z.boolean().optional(),
  stop: z.strictObject({ latched: z.boolean(), by: z.string().nullable(), at: z.number().nullable(), stopId: z.string().nullable() }),
  /** Where the stop of this device acts; `queued` is shown as degraded. */
  stopPath: z.enum(['realtime', 'out-of-band', 'queued']),
  device: z.strictObject({ firmware: z.string(), version: z.string(), identity: z.string() }).nullable(),
  envelope: z.strictObject({ min: axes, max: axes }).nullable(),
  offsets: z.record(z.string(), axes),
  capabilities: z.array(z.strictObject({ name: z.string(), absent: z.string().optional() })),
  /** Of the commands that the family has. */
  decisions: z.partialRecord(commandNameSchema, decisionSchema.extend({ reasons: z.array(z.number().int().min(0)) })),
  /** Each reason once: most of them refuse many commands, and `decisions` names them by their place here. */
  reasons: z.array(reasonSchema),
  /** When a decision changes by itself, at the earliest. */
  validUntil: z.number().nullable(),
  /** Why parts are impaired, e.g. "database away since 12:00:03". */
  degraded: z.array(z.strictObject({ code: z.string(), message: z.string(), since: z.number() })),
  /** OPC UA 40001-1 MachineryItemState. */
  machineryState: z.enum(['NotAvailable', 'OutOfService', 'NotExecuting', 'Executing']),
  /** MTConnect EXECUTION. */
  execution: z.enum(['READY', 'ACTIVE', 'FEED_HOLD', 'WAIT', 'PROGRAM_COMPLETED', 'STOPPED', 'INTERRUPTED', 'UNAVAILABLE']),
});
export type EquipmentStatus = z.infer<typeof equipmentStatusSchema>;

/** The fast numbers of one equipment: latest values, at most 20 Hz, at least once a second while the device answers. */
export const telemetrySchema = z.strictObject({
  actor: z.string(),
  /** ms since 1970 when the device said it. */
  at: z.number(),
  epoch: z.number(),
  /** Counts up per process start, so that a reader sees gaps. */
  n: z.number(),
  machine: axes.nullable(),
  work: axes.nullable(),
  /** Active work coordinate system, e.g. `G54`. */
  system: z.string().nullable(),
  /** mm/min, as the device measures it. */
  feed: z.number().nullable(),
  /** rpm */
  spindle: z.number().nullable(),
  overrides: z.strictObject({ feed: z.number(), rapid: z.number(), spindle: z.number() }).nullable(),
  /** Triggered inputs, e.g. `X` limit, `D` door, `P` probe. */
  pins: z.array(z.string()),
  program: z.strictObject({ job: z.string(), sent: z.number(), acknowledged: z.number(), total: z.number() }).nullable(),
  link: z.strictObject({ errors: z.number(), lines: z.number() }),
});
export type Telemetry = z.infer<typeof telemetrySchema>;

/** What a fleet tile needs; at most 300 bytes as JSON. */
export const summarySchema = z.strictObject({
  actor: z.string(),
  name: z.string(),
  at: z.number(),
  execution: z.string(),
  truth: z.enum(['live', 'stale', 'unknown']),
  simulated: z.boolean(),
  detail: z.string(),
  alarms: z.number(),
  /** 0-100 of the loaded program's lines acknowledged; null without one. */
  progress: z.number().nullable(),
  needsPerson: z.boolean(),
  latched: z.boolean(),
  holder: z.string().nullable(),
});
export type Summary = z.infer<typeof summarySchema>;
