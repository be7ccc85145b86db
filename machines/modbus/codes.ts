/**
 * What the exception codes of Modbus mean, in words of the floor. Numbers and meaning after MODBUS Application Protocol V1.1b3,
 * section 7; the wording is ours.
 */
const exceptions: Readonly<Record<number, string>> = {
  1: 'it does not know this function, or not in its present state',
  2: 'it has nothing at this address',
  3: 'it does not take this value',
  4: 'it has failed inside',
  5: 'it has taken the request and needs longer',
  6: 'it is busy with something else',
  8: 'its memory is damaged',
  10: 'the gateway has no path to it',
  11: 'the gateway got no answer from it',
};

/** It has the request and works on it; what becomes of it is seen by reading. */
export const acknowledged = 5;
/** It could not take the request now; the same request may pass later. */
export const busy = 6;

/** The words for an exception, with its number for the handbook. */
export function exceptionText(code: number): string {
  return `exception ${code}: ${exceptions[code] ?? 'a code that the standard does not have'}`;
}
