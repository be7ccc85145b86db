import type { Problem } from '../../statecharts/job/status.ts';
import type { LineProblem } from './rules.ts';

/** As many problems are kept; all are counted. */
const keptProblems = 100;
const shownCharacters = 80;

/** Collects what is wrong with a program, in order, in bounded memory. */
export class Problems {
  readonly list: Problem[] = [];
  count = 0;

  /** `text` is the line as uploaded, one character per byte. */
  add(line: number, problem: LineProblem, text: string): void {
    this.count += 1;
    if (this.list.length < keptProblems) this.list.push(describeProblem(line, problem, text));
  }

  /** Puts what is wrong with the file as a whole in front. */
  addForFile(problem: LineProblem): void {
    this.count += 1;
    this.list.unshift(describeProblem(1, problem, ''));
    this.list.length = Math.min(this.list.length, keptProblems);
  }
}

/** A problem as people see it; bytes that are no printable ASCII are shown as `\xNN`. */
export function describeProblem(line: number, problem: LineProblem, text: string): Problem {
  return { line, code: problem.code, message: problem.message, text: escapeText(text) };
}

function escapeText(text: string): string {
  const shown = text.slice(0, shownCharacters).replace(/[^\x20-\x7e]/g, character => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return shown.slice(0, shownCharacters);
}
