/** Writes one structured line; `fields` must hold no secret. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A log as JSON lines on a stream: JSON escapes control characters, so that no name or device text can forge a line. */
export function jsonLog(service: string, write: (line: string) => void, now: () => number): Log {
  return (level, message, fields) => {
    write(`${JSON.stringify({ at: new Date(now()).toISOString(), service, level, message, ...fields }, plainErrors)}\n`);
  };
}

function plainErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) };
}
