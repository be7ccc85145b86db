import { join } from 'node:path';

/** Where one node keeps its files below the data directory. */
export interface NodePaths {
  /** Everything that is this node's alone. */
  readonly own: string;
  readonly stopSocket: string;
  readonly stopSecret: string;
  readonly blobs: string;
  /** Write-ahead file of an actor. */
  writeAhead(actorId: string): string;
  /** Folder of one equipment: port lock, progress file. */
  equipment(id: string): string;
}

/** Builds the paths; makes nothing. */
export function nodePaths(dataDir: string, nodeId: string): NodePaths {
  const own = join(dataDir, 'nodes', nodeId);
  return {
    own,
    stopSocket: join(dataDir, 'run', `stop-${nodeId}.sock`),
    stopSecret: join(dataDir, 'secrets', 'stop-lane'),
    blobs: join(own, 'blobs'),
    writeAhead: actorId => join(own, 'wal', `${actorId.replace('/', '-')}.wal`),
    equipment: id => join(own, 'progress', id),
  };
}
