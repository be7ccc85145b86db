import { type Refused, refuse } from '../http/problems.ts';

const longest = 120;

/** Checks a file's name. It is only ever shown, never a path; still, nothing that could become one is kept. */
export function checkFileName(name: string): { readonly name: string } | Refused {
  const trimmed = name.normalize('NFC').trim();
  if (trimmed === '') return refuse('invalid', 'name: give the file a name, ?name=part.nc.');
  if (trimmed.length > longest) return refuse('invalid', `name: at most ${longest} characters.`);
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(trimmed)) return refuse('invalid', 'name: no control characters.');
  if (/[/\\]/.test(trimmed) || trimmed === '.' || trimmed === '..') return refuse('invalid', 'name: a name, not a path.');
  return { name: trimmed };
}
