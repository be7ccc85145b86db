import type { Problem } from '../../statecharts/job/status.ts';
import type { Dialect } from './dialect.ts';
import { describeProblem } from './problems.ts';
import { checkWords, cleanLine, type LineProblem } from './rules.ts';
import { isWordError, parseLine } from './words.ts';

export type LineCheck = { readonly ok: true; readonly line: string } | { readonly ok: false; readonly problem: Problem };

/**
 * Checks one line typed by a person against the allow-list with the codes that only people may use. `line` is what may be sent,
 * without a line end. Where it would go is not checked: that depends on the modes of the moment, and the controller's own limits see
 * to it.
 */
export function checkLine(text: string, dialect: Dialect): LineCheck {
  const result = checkText(text, dialect);
  return typeof result === 'string' ? { ok: true, line: result } : { ok: false, problem: describeProblem(1, result, text) };
}

function checkText(text: string, dialect: Dialect): string | LineProblem {
  const parsed = parseLine(text);
  if (isWordError(parsed)) return parsed;
  if (parsed.words.length === 0) return { code: 'empty', message: 'There is no g-code in the line.' };
  return checkWords(parsed.words, dialect, dialect.mdiG) ?? cleanLine(parsed.words, dialect);
}
