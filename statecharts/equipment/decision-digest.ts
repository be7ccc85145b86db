import { canonicalJson, fnv64 } from '../canonical.ts';
import type { SiteState } from '../site/rule.ts';
import type { EquipmentContext } from './context.ts';

/** What tells whether anything changed that decisions read. */
export interface DecisionDigest {
  /** Equal for equal facts: `decisionSeq` moves exactly when it does. As many digits of each part, one after the other. */
  readonly text: string;
  readonly parts: readonly unknown[];
}

const digits = 16;

/**
 * Digest of everything that guards read. A turn touches little of it: whatever is the very same value as in the digest `before` is not
 * looked into again, and when all of it is, the digest is the one before.
 */
export function decisionDigest(facts: EquipmentContext, before: DecisionDigest | null = null): DecisionDigest {
  const parts = partsOf(facts);
  const isKnown = (part: unknown, i: number) => before !== null && Object.is(before.parts[i], part);
  if (before && parts.every(isKnown)) return before;
  const digestOf = (part: unknown, i: number) =>
    before && isKnown(part, i) ? before.text.slice(i * digits, (i + 1) * digits) : fnv64(canonicalJson(told(part, facts)));
  return { text: parts.map(digestOf).join(''), parts };
}

/** Always as many, in the same order. */
function partsOf(facts: EquipmentContext): readonly unknown[] {
  const { regions, holder, reservation, offer, locks, serviceDue, site, chain, job, run, homed, stop, envelope, offsets } = facts;
  const { modesChanged, capabilities, degraded, condition, guardOpened, epoch, indeterminate, linkOpen } = facts;
  const read = [regions, locks, serviceDue, chain, homed, envelope, offsets, modesChanged, capabilities, condition, guardOpened, epoch];
  return [...read, indeterminate, linkOpen, holder?.id, reservation?.id, offer?.id, site, job, run?.job, stop?.stopId, degraded];
}

/** What counts of a part: of an impairment its code, of a rule what it says, not when that was found out. */
function told(value: unknown, { degraded, site }: EquipmentContext): unknown {
  if (value === degraded) return degraded.map(part => part.code);
  return value === site ? siteTold(site) : value;
}

function siteTold({ rules, facts }: SiteState) {
  return { rules, known: Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, fact.known ? fact.value : null])) };
}
