import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConsoleLine } from '../client/console-lines.ts';
import { useCell, useServices } from '../components/hooks.ts';
import { capability } from '../components/looks.ts';
import { useStatus } from '../components/verdicts.ts';
import { MdiLine } from './mdi.tsx';

const filters = ['all', 'sent', 'answers', 'refused'] as const;
type Filter = (typeof filters)[number];

/** A run of status polls shown as one line, or a line itself. */
type Shown = { readonly key: number; readonly folded: number } | { readonly key: number; readonly line: ConsoleLine };

const linesShown = 200;

/** What went over the wire and what was refused, newest at the end; status polls folded unless asked for. */
export function ConsolePanel({ equipment }: { equipment: string }) {
  const { store } = useServices();
  const status = useStatus(equipment);
  const lines = useCell(store.console(`equipment/${equipment}`));
  const [filter, setFilter] = useState<Filter>('all');
  const [folded, setFolded] = useState(true);
  const shown = fold(
    lines.filter(line => matches(line, filter)),
    folded,
  ).slice(-linesShown);
  return (
    <section class="console" aria-label="Console">
      <div class="head">
        <h2>Console</h2>
      </div>
      <fieldset class="filters">
        <legend class="hidden">Show</legend>
        {filters.map(name => (
          <button type="button" class="chip" key={name} aria-pressed={filter === name} onClick={() => setFilter(name)}>
            {name}
          </button>
        ))}
        <button type="button" class="chip" aria-pressed={folded} onClick={() => setFolded(!folded)}>
          status folded
        </button>
      </fieldset>
      <Log shown={shown} />
      {status && capability(status, 'mdi') !== 'lacks' && <MdiLine equipment={equipment} />}
    </section>
  );
}

function Log({ shown }: { shown: readonly Shown[] }) {
  const list = useRef<HTMLOListElement>(null);
  const last = shown.at(-1)?.key;
  useEffect(() => {
    if (last !== undefined && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
    <ol class="log" ref={list} tabIndex={0} aria-label="Lines">
      {shown.length === 0 && <li class="log__none">Nothing yet.</li>}
      {shown.map(entry =>
        'folded' in entry ? (
          <li key={entry.key} class="gap">
            status × {entry.folded} folded
          </li>
        ) : (
          <LogLine key={entry.key} line={entry.line} />
        ),
      )}
    </ol>
  );
}

const signs: Readonly<Record<ConsoleLine['kind'], string>> = { sent: '>', received: '<', note: '·', refused: '!' };

function LogLine({ line }: { line: ConsoleLine }) {
  return (
    <li class={line.kind === 'refused' ? 'no' : line.kind === 'received' ? 'r' : undefined}>
      <time>{clockText(line.at)}</time>
      <span class="d">{signs[line.kind]}</span>
      <span class="log__text">{line.text}</span>
      <em>{line.aside}</em>
    </li>
  );
}

/** `31:04.11`: minutes, seconds and hundredths; the hour stands in the top bar. */
function clockText(at: number): string {
  const iso = new Date(at).toISOString();
  return iso.slice(14, 22);
}

function matches(line: ConsoleLine, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'sent':
      return line.kind === 'sent';
    case 'answers':
      return line.kind === 'received';
    case 'refused':
      return line.kind === 'refused';
  }
}

/** Replaces each run of status polls by its count. */
export function fold(lines: readonly ConsoleLine[], folding: boolean): Shown[] {
  const shown: Shown[] = [];
  for (const line of lines) {
    const before = shown.at(-1);
    if (!folding || !line.poll) shown.push({ key: line.key, line });
    else if (before && 'folded' in before) shown[shown.length - 1] = { key: before.key, folded: before.folded + 1 };
    else shown.push({ key: line.key, folded: 1 });
  }
  return shown;
}
