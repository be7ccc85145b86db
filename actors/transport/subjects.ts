/** NATS subjects: `wit.<site>.<kind>.<id>.<class>[.<name>]`. One place builds and reads them. */

export type ActorKind = 'equipment' | 'job' | 'session' | 'node' | 'system';
export type SubjectClass =
  | 'command'
  | 'grant'
  | 'stop'
  | 'event'
  | 'status'
  | 'summary'
  | 'telemetry'
  | 'inspect'
  | 'listen'
  | 'heartbeat'
  | 'released'
  | 'hand-over'
  | 'word'
  | 'selftest'
  | 'changed'
  | 'sessions';

const idPattern = /^[a-z0-9-]{1,40}$/;

/** True for an id that may stand in a subject, a path and a file name. */
export function isActorId(id: string): boolean {
  return idPattern.test(id);
}

/** Builds a subject; throws on an id that could change its shape (a bug, ids are validated at the edge). */
export function subject(site: string, kind: ActorKind, id: string, subjectClass: SubjectClass, name?: string): string {
  for (const part of [site, id]) {
    if (!idPattern.test(part) && part !== '*') throw new Error(`not a subject token: ${JSON.stringify(part)}`);
  }
  const base = `wit.${site}.${kind}.${id}.${subjectClass}`;
  return name === undefined ? base : `${base}.${name}`;
}

/** The parts of a subject, or null when it is none of ours. */
export function parseSubject(text: string): { site: string; kind: string; id: string; class: string; name?: string } | null {
  const [wit, site, kind, id, subjectClass, ...rest] = text.split('.');
  if (wit !== 'wit' || !site || !kind || !id || !subjectClass) return null;
  return { site, kind, id, class: subjectClass, ...(rest.length > 0 ? { name: rest.join('.') } : {}) };
}
