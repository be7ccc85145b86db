import type { Reason } from '../../statecharts/refusal.ts';
import { type ProblemCode, type ProblemDetails, problemStatus } from '../contract/problem.ts';
import type { WebReply } from './exchange.ts';

/** An expected "no" of the API. `cause` goes to the log only, beside the instance id that the client sees. */
export interface Refused {
  readonly refused: ProblemCode;
  readonly detail: string;
  readonly reasons?: readonly Reason[];
  /** Of a command: what its owner said. */
  readonly outcome?: string;
  readonly seq?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Builds a refusal; `detail` says what is true and what to do, and holds no path, SQL or stack. */
export function refuse(code: ProblemCode, detail: string, extra: Omit<Refused, 'refused' | 'detail'> = {}): Refused {
  return { refused: code, detail, ...extra };
}

/** True for a refusal among a handler's results. */
export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** The refusal as RFC 9457 problem details. */
export function problemReply(refused: Refused, instance: string): WebReply {
  const status = problemStatus[refused.refused];
  const body: ProblemDetails = {
    type: `urn:wit:problem:${refused.refused}`,
    title: refused.refused.replaceAll('-', ' '),
    status,
    code: refused.refused,
    detail: refused.detail,
    instance,
    ...(refused.reasons ? { reasons: [...refused.reasons] } : {}),
    ...(refused.outcome === undefined ? {} : { outcome: refused.outcome }),
    ...(refused.seq === undefined ? {} : { seq: refused.seq }),
  };
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store', ...refused.headers },
    body: JSON.stringify(body),
  };
}
