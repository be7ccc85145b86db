import { exceptionBit, type Frame, functions, headerBytes, identificationType, longestBody } from './encode.ts';

/** What a relay answered to a request of ours. */
export type Answer =
  | { readonly kind: 'coil'; readonly level: boolean }
  /** The echo of a write: it was received, no more. */
  | { readonly kind: 'written' }
  /** Texts by number of the object; `next` is the one to go on with, null when these were all. */
  | { readonly kind: 'identification'; readonly objects: ReadonlyMap<number, string>; readonly next: number | null }
  | { readonly kind: 'exception'; readonly code: number }
  /** It does not fit the request or is not whole: nothing of it counts. */
  | { readonly kind: 'malformed' };

const malformed: Answer = { kind: 'malformed' };
const moreFollows = 0xff;

/** Cuts a stream into frames, however it was cut in pieces on its way. */
export class FrameSplitter {
  #rest: Uint8Array = new Uint8Array();

  /** The frames that are whole now; null when this is no Modbus: where the next frame begins cannot be known any more. */
  push(bytes: Uint8Array): Frame[] | null {
    let rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (rest.length >= headerBytes) {
      const [protocol, length] = [rest.readUInt16BE(2), rest.readUInt16BE(4)];
      if (protocol !== 0 || length < 2 || length > longestBody) return null;
      const end = headerBytes - 1 + length;
      if (rest.length < end) break;
      frames.push({ transaction: rest.readUInt16BE(0), unit: rest.readUInt8(6), pdu: Uint8Array.from(rest.subarray(headerBytes, end)) });
      rest = rest.subarray(end);
    }
    this.#rest = Uint8Array.from(rest);
    return frames;
  }

  /** Another connection: half a frame of the last one has no other half. */
  clear(): void {
    this.#rest = new Uint8Array();
  }
}

/** Reads the answer to a request; what does not fit it whole is malformed. */
export function parseAnswer(request: Uint8Array, answer: Uint8Array): Answer {
  const [asked, code] = [request[0] ?? 0, answer[0] ?? 0];
  if (code === (asked | exceptionBit)) return answer.length === 2 ? { kind: 'exception', code: answer[1] ?? 0 } : malformed;
  if (code !== asked) return malformed;
  switch (code) {
    case functions.readCoils:
      return answer.length === 3 && answer[1] === 1 ? { kind: 'coil', level: ((answer[2] ?? 0) & 1) === 1 } : malformed;
    case functions.writeCoil:
      return Buffer.compare(request, answer) === 0 ? { kind: 'written' } : malformed;
    case functions.readIdentification:
      return parseIdentification(answer);
    default:
      return malformed;
  }
}

/** Function, type, code asked for, conformity, more follows, next object, number of objects; then number, length and text of each. */
function parseIdentification(answer: Uint8Array): Answer {
  if (answer.length < 7 || answer[1] !== identificationType) return malformed;
  const objects = new Map<number, string>();
  let at = 7;
  for (let left = answer[6] ?? 0; left > 0; left--) {
    const length = answer[at + 1];
    const text = length === undefined ? undefined : answer.subarray(at + 2, at + 2 + length);
    if (text === undefined || text.length !== length) return malformed;
    objects.set(answer[at] ?? 0, Buffer.from(text).toString('latin1'));
    at += 2 + length;
  }
  if (at !== answer.length) return malformed;
  return { kind: 'identification', objects, next: answer[4] === moreFollows ? (answer[5] ?? 0) : null };
}
