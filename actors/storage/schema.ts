import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** The tables as Kysely sees them; bigint comes back as number (storage/database.ts sets the parser), timestamptz as Date. */
export interface Tables {
  actor: ActorTable;
  event: EventTable;
  command: { actor_id: string; command_id: string; seq: number; result: Json };
  snapshot: { actor_id: string; seq: number; version: string; chart_hash: string; state: Json; hash: string };
  outbox: OutboxTable;
  timer: { actor_id: string; id: string; started_at: Date; due_at: Date; event: Json; seq: number };
  dead_letter: DeadLetterTable;
  quarantine: QuarantineTable;
  archive: ArchiveTable;
  projection: { name: string; position: Json };
  equipment: EquipmentTable;
  person: PersonTable;
  session: SessionTable;
  refresh_token: { hash: string; session_id: string; issued_at: Created; used_at: Date | null };
  presence: { session_id: string; equipment: string; until: Date };
  signing_key: { kid: string; purpose: 'access' | 'assertion' | 'stop'; public_jwk: Json; created_at: Created; retired_at: Date | null };
  setup_token: { hash: string; expires_at: Date; used_at: Date | null };
  blob: { hash: string; size: number; complete: Generated<boolean>; created_at: Created };
  blob_chunk: { hash: string; i: number; data: Buffer };
  file: FileTable;
  setting: { key: string; value: Json; updated_at: Created };
  training: { id: string; title: string; created_at: Created; removed_at: Date | null };
  person_training: PersonTrainingTable;
  supervised_use: { command_id: string; training_id: string; person_id: string; equipment: string; at: Created };
  booking: BookingTable;
  site_rule: SiteRuleTable;
  maintenance_plan: MaintenancePlanTable;
  equipment_hours: { equipment: string; producing_ms: number };
}

// biome-ignore lint/suspicious/noExplicitAny: kysely's JSONColumnType wants an object type; rows are parsed with zod where they are read.
type Json = JSONColumnType<any>;
type Created = ColumnType<Date, Date | undefined, Date>;

interface ActorTable {
  id: string;
  kind: string;
  chart: string;
  version: string;
  chart_hash: string;
  epoch: Generated<number>;
  owner: string | null;
  nonce: string | null;
  /** The lease shard under which it is in memory; null for one that is not, or that is no small actor. */
  shard: Generated<string | null>;
  seq: Generated<number>;
  decision_seq: Generated<number>;
  status: Json | null;
  updated_at: Created;
}

interface EventTable {
  actor_id: string;
  seq: number;
  epoch: number;
  at: Date;
  type: string;
  source: string;
  command_id: string | null;
  correlation_id: string | null;
  causation_id: string | null;
  principal: Json | null;
  data: Json;
  value: Json | null;
  prev_hash: string;
  hash: string;
}

interface OutboxTable {
  id: Generated<number>;
  actor_id: string;
  seq: number;
  i: number;
  epoch: number;
  effect: Json;
  class: string;
  state: Generated<string>;
  outcome: Json | null;
}

interface DeadLetterTable {
  id: Generated<number>;
  actor_id: string;
  at: Date;
  reason: string;
  message: Json;
  replayed_at: Date | null;
}

interface QuarantineTable {
  id: Generated<number>;
  actor_id: string;
  seq: number;
  at: Date;
  version: string;
  chart_hash: string;
  code: string;
  why: string;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
}

interface ArchiveTable {
  actor_id: string;
  kind: string;
  events: number;
  hash: string;
  file: string;
  sha256: string;
  status: Json | null;
  archived_at: Created;
}

interface EquipmentTable {
  id: string;
  name: string;
  type: string;
  settings: Json;
  simulated: boolean;
  node: string | null;
  created_at: Created;
  removed_at: Date | null;
}

interface PersonTable {
  id: string;
  name: string;
  login: string;
  password_hash: string;
  role: 'viewer' | 'operator' | 'maintainer' | 'administrator';
  disabled: Generated<boolean>;
  created_at: Created;
}

interface SessionTable {
  id: string;
  person_id: string;
  created_at: Created;
  last_seen_at: Created;
  expires_at: Date;
  ended_at: Date | null;
  user_agent: Generated<string>;
}

interface FileTable {
  id: string;
  name: string;
  hash: string;
  size: number;
  created_by: string;
  created_at: Created;
  removed_at: Date | null;
}

interface PersonTrainingTable {
  id: Generated<number>;
  person_id: string;
  training_id: string;
  valid_from: Created;
  valid_until: Date | null;
  supervised_left: number;
  may_supervise: boolean;
  noted_by: string;
  noted_at: Created;
  revoked_by: string | null;
  revoked_at: Date | null;
}

interface BookingTable {
  id: string;
  equipment: string;
  person_id: string;
  starts_at: Date;
  ends_at: Date;
  made_by: string;
  made_at: Created;
  cancelled_at: Date | null;
}

interface SiteRuleTable {
  id: string;
  version: number;
  template: string;
  params: Json;
  /** Ids; null: all. */
  equipment: Json | null;
  on_loss: string;
  active: boolean;
  changed_by: string;
  changed_at: Created;
}

interface MaintenancePlanTable {
  id: string;
  equipment: string;
  text: string;
  every_days: number | null;
  every_hours: number | null;
  enforced: boolean;
  last_done_at: Created;
  /** The running time at which it was last done. */
  last_done_ms: Generated<number>;
  done_by: string | null;
  /** When its running hours were over; null while they are not. */
  due_at: Date | null;
  removed_at: Date | null;
}
