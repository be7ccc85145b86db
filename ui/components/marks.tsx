import type { ComponentChildren } from 'preact';
import { ageText, type Truth } from '../client/truth.ts';

/** Simulated equipment says so wherever it appears; `narrow` where the word does not fit. */
export function Simulated(props: { narrow?: boolean }) {
  return props.narrow ? (
    <abbr class="sim sim--s" title="simulated equipment">
      SIM
    </abbr>
  ) : (
    <span class="sim">SIMULATED</span>
  );
}

/** live, stale (age) or unknown, in a word. */
export function TruthMark({ truth }: { truth: Truth }) {
  if (truth.kind === 'unknown') return <span class="live live--stale">unknown</span>;
  if (truth.kind === 'stale') return <span class="live live--stale">stale {ageText(truth.age)}</span>;
  return <span class="live">live {ageText(truth.age)}</span>;
}

/** A read-out that never passes an old value for a fresh one: violet when stale, a dash when never read. */
export function Reading(props: { truth: Truth; value: number | string | null | undefined; children?: ComponentChildren }) {
  const missing = props.truth.kind === 'unknown' || props.value === null || props.value === undefined;
  const shown = missing ? '–' : props.value;
  if (props.truth.kind === 'live' && !missing) return <span class="reading">{shown}</span>;
  const why = props.truth.kind === 'stale' ? `stale ${ageText(props.truth.age)}` : 'unknown';
  return (
    <span class="reading reading--doubt" title={missing ? 'not known' : why}>
      {shown}
      <span class="hidden"> ({missing ? 'not known' : why})</span>
    </span>
  );
}
