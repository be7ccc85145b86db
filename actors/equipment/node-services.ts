import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { JobFacts } from '../../statecharts/equipment/context.ts';
import type { NodePaths } from '../node-paths.ts';
import type { SiteRoom } from '../site/site-room.ts';
import type { Database } from '../storage/database.ts';
import type { Impairments } from '../supervision/impairments.ts';
import type { AssertionKeys } from '../system/assertions.ts';
import type { ChartEvent } from '../system/chart.ts';
import type { DatabaseWatch } from '../system/database-watch.ts';
import type { Clock, Log, Random } from '../system/ports.ts';
import type { EventPublisher } from '../transport/event-publisher.ts';
import type { Messages } from '../transport/messages.ts';
import type { StatusPublisher } from '../transport/status-publisher.ts';
import type { StreamsWatch } from '../transport/streams-watch.ts';

/** What every actor of a node shares. */
export interface NodeServices {
  readonly site: string;
  readonly nodeId: string;
  /** Names this process: epochs and deadlines of an earlier one do not count. */
  readonly boot: string;
  readonly paths: NodePaths;
  readonly db: Database;
  readonly watch: DatabaseWatch;
  readonly messages: Messages;
  readonly streams: StreamsWatch;
  readonly statuses: StatusPublisher;
  readonly impairments: Impairments;
  readonly events: EventPublisher;
  readonly keys: AssertionKeys;
  /** Rules and facts of the site. */
  readonly surroundings: SiteRoom;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The jobs of this node, as equipment needs them. */
export interface JobDirectory {
  /** The job if it is checked and ready for this equipment. */
  readyJob(job: string, equipment: string): JobFacts | null;
  /** Takes over the jobs of an equipment that have not ended. Rejects when the database is away. */
  adopt(equipment: string): Promise<void>;
  /** Reads what `adopt` would, and takes nothing. Rejects when the database is away. */
  rehearse(equipment: string): Promise<void>;
  /** Makes the cleaned program of another node's job here; false when that is not possible. Rejects when the database is away. */
  provide(job: string, hash: string, context: CheckContext): Promise<boolean>;
  /** Goes on with the checks of adopted jobs, now that the equipment is here to be asked. */
  resume(equipment: string): void;
  /** Lets go of the jobs of an equipment that another node has or will have. */
  letGo(equipment: string): Promise<void>;
  /** Tells a job what became of it; an unknown one is none of ours any more. */
  tell(job: string, event: ChartEvent): void;
}
