import { acknowledged, busy } from './codes.ts';
import { readIdentification } from './encode.ts';
import type { Outcome, Requests } from './requests.ts';

/** What a relay says of itself. */
export interface Identification {
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
}

/** `cannot-say`: it does not know the question. `no-answer`: it may know it. */
export type Introduction = Identification | 'cannot-say' | 'no-answer';

/** Objects of the basic identification (MODBUS Application Protocol V1.1b3, 6.21). */
const [vendor, product, revision] = [0, 1, 2];
/** A relay that names a next object again and again is not believed. */
const longest = 4;

/** Asks the relay who it is; `done` is called once, unless the link breaks meanwhile. */
export function askIdentification(requests: Requests, done: (said: Introduction) => void): void {
  const texts = new Map<number, string>();
  let answers = 0;
  const ask = (object: number) => requests.ask(readIdentification(object), take);
  const take = (outcome: Outcome) => {
    if (outcome.kind === 'identification' && answers < longest) {
      answers += 1;
      for (const [number, text] of outcome.objects) texts.set(number, text.trim());
      if (outcome.next !== null) ask(outcome.next);
      else done({ vendor: texts.get(vendor) ?? '', product: texts.get(product) ?? '', revision: texts.get(revision) ?? '' });
    } else if (outcome.kind !== 'lost') done(isNotNow(outcome) ? 'no-answer' : 'cannot-say');
  };
  ask(0);
}

/** The name by which a relay is recognised. */
export function nameOf(said: Identification): string {
  return [said.vendor, said.product, said.revision].filter(text => text !== '').join(' ');
}

function isNotNow(outcome: Outcome): boolean {
  return outcome.kind === 'no-answer' || (outcome.kind === 'exception' && (outcome.code === busy || outcome.code === acknowledged));
}
