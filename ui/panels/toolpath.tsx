import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import { readProgram } from '../client/programs.ts';
import { type PathPiece, type Point, type Toolpath, toolpathOf } from '../client/toolpath.ts';
import { useServices } from '../components/hooks.ts';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';
import { type Lines, linesOf } from './run.tsx';

/** Pieces that are drawn as one SVG path; a finished group is never drawn again. */
const groupSize = 60;
/** Larger programs are not fetched only for a drawing, bytes. */
const sizeLimit = 12_000_000;

/** The program as it will be cut, seen from the front left: done, not certain, to do, and the tool where the machine says it is. */
export function ToolpathView({ job, equipment }: { job: JobStatus; equipment: string }) {
  const status = useStatus(equipment);
  const { telemetry, truth } = useTelemetry(equipment);
  const path = useToolpath(job, status?.offsets);
  if (path === 'reading') return <p class="label space__say">Reading the program …</p>;
  if (path === null || path.pieces.length === 0) return <p class="label space__say">This program cannot be drawn.</p>;
  const own = status && status.run?.job === job.actor.replace(/^job\//, '') ? linesOf(status, telemetry) : null;
  // Lines are only coloured when our count of them is the check's: else the colours could lie.
  const lines = path.lines === job.check?.lines ? own : null;
  return (
    <Drawing path={path} lines={lines}>
      {telemetry?.machine && (
        <Tool at={[telemetry.machine.x, telemetry.machine.y, telemetry.machine.z]} doubt={truth.kind !== 'live'} path={path} />
      )}
    </Drawing>
  );
}

function useToolpath(job: JobStatus, offsets: EquipmentStatus['offsets'] | undefined): Toolpath | 'reading' | null {
  const { api } = useServices().session;
  const [text, setText] = useState<string | null | 'reading'>('reading');
  const { id, size } = job.file;
  useEffect(() => {
    let wanted = true;
    setText('reading');
    if (size > sizeLimit) setText(null);
    else
      void readProgram(api, id).then(answer => {
        if (wanted) setText(answer.ok ? answer.value : null);
      });
    return () => {
      wanted = false;
    };
  }, [api, id, size]);
  const shifts = JSON.stringify(job.check?.offsets ?? offsets ?? {});
  return useMemo(() => (text === 'reading' || text === null ? text : toolpathOf(text, JSON.parse(shifts))), [text, shifts]);
}

/** Isometric: X to the lower right, Y to the upper right, Z up. */
function project([x, y, z]: Point): readonly [number, number] {
  return [(x + y) * 0.866, (x - y) * 0.5 - z];
}

function pathText(pieces: readonly PathPiece[]): string {
  let text = '';
  let last: Point | null = null;
  for (const piece of pieces) {
    if (piece.from !== last) text += `M${point(piece.from)}`;
    text += `L${point(piece.to)}`;
    last = piece.to;
  }
  return text;
}

function point(at: Point): string {
  return project(at)
    .map(value => value.toFixed(2))
    .join(' ');
}

interface Group {
  readonly lastLine: number;
  readonly rapid: boolean;
  readonly text: string;
}

function groupsOf(pieces: readonly PathPiece[]): Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (let i = 1; i <= pieces.length; i += 1) {
    const [first, next] = [pieces[start], pieces[i]];
    if (!first || (next && next.rapid === first.rapid && i - start < groupSize)) continue;
    const part = pieces.slice(start, i);
    groups.push({ lastLine: part.at(-1)?.line ?? 0, rapid: first.rapid, text: pathText(part) });
    start = i;
  }
  return groups;
}

function viewBox(pieces: readonly PathPiece[]): string {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { to, rapid } of pieces) {
    if (rapid) continue;
    const [x, y] = project(to);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const margin = Math.max(right - left, bottom - top, 1) * 0.12;
  return [left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin].map(value => value.toFixed(2)).join(' ');
}

function Drawing({ path, lines, children }: { path: Toolpath; lines: Lines | null; children: preact.ComponentChildren }) {
  const groups = useMemo(() => groupsOf(path.pieces), [path]);
  const box = useMemo(() => viewBox(path.pieces), [path]);
  const [from, to] = lines?.uncertain ?? [1, 0];
  const maybe = useMemo(() => pathText(path.pieces.filter(piece => piece.line >= from && piece.line <= to)), [path, from, to]);
  const done = lines?.acknowledged ?? 0;
  const groupsDone = groups.filter(group => group.lastLine <= done).length;
  // The same elements again while no group was finished: telemetry moves the tool 20 times a second, the path stays as it is.
  const drawn = useMemo(() => groups.map((group, index) => pathOf(group, { index, groupsDone })), [groups, groupsDone]);
  return (
    <svg
      class="plan tp"
      viewBox={box}
      role="img"
      aria-label={lines ? `Toolpath, ${done} of ${lines.total} lines acknowledged` : 'Toolpath'}
    >
      {drawn}
      {maybe !== '' && <path class="tp__rim" d={maybe} />}
      {maybe !== '' && <path class="tp__maybe" d={maybe} />}
      {children}
    </svg>
  );
}

/** Groups are in the order of their lines, so the first so many are done. */
function pathOf(group: Group, { index, groupsDone }: { index: number; groupsDone: number }) {
  const look = group.rapid ? 'tp__rapid' : index < groupsDone ? 'tp__done' : 'tp__rest';
  return <path key={`${index}-${group.lastLine}`} class={look} d={group.text} />;
}

function Tool({ at, doubt, path }: { at: Point; doubt: boolean; path: Toolpath }) {
  const [x, y] = project(at);
  const width = useMemo(() => Number(viewBox(path.pieces).split(' ')[2]), [path]);
  const r = width / 60;
  return (
    <g class={doubt ? 'plan__tool plan__tool--doubt' : 'plan__tool'}>
      <path d={`M${x} ${y}V${y - 8 * r}`} />
      <path class="tp__bit" d={`M${x} ${y}l${-r} ${-1.4 * r}v${-5 * r}h${2 * r}v${5 * r}z`} />
      <circle cx={x} cy={y} r={r * 0.6} />
    </g>
  );
}
