/**
 * A relay board of eight coils as the documents have it, written without a look at the driver: MODBUS Application Protocol V1.1b3,
 * sections 6.1 (read coils), 6.5 (write single coil), 6.21 (read device identification) and 7 (exceptions).
 */
const coils = 8;
const illegalFunction = 1;
const illegalAddress = 2;
const illegalValue = 3;
/** Individual access and the basic stream. */
const conformity = 0x81;

export interface RelayOptions {
  readonly name: string;
  /** A contact follows its coil after this, ms. */
  readonly contactMs: number;
}

/** What a request comes to: function code and data of the answer. */
export type Pdu = readonly number[];

/** The board: coils that are written, and contacts that follow them and are read back. */
export class Relay {
  name: string;
  stuck = false;
  readonly #contactMs: number;
  #contacts: { readonly closed: boolean; readonly next: { readonly closed: boolean; readonly at: number } | null }[] = cold();

  constructor({ name, contactMs }: RelayOptions) {
    this.name = name;
    this.#contactMs = contactMs;
  }

  /** Answers a request; `now` in ms, never steps. */
  answer(request: Uint8Array, now: number): Pdu {
    const [code = 0, ...data] = request;
    switch (code) {
      case 1:
        return data.length === 4 ? this.#read(word(data, 0), word(data, 2), now) : refuse(code, illegalValue);
      case 5:
        return data.length === 4 ? this.#write(data, now) : refuse(code, illegalValue);
      case 0x2b:
        return data[0] === 0x0e && data.length === 3 ? this.#identify(data[1] ?? 0, data[2] ?? 0) : refuse(code, illegalFunction);
      default:
        return refuse(code, illegalFunction);
    }
  }

  /** Whether each contact is closed now. */
  contacts(now: number): boolean[] {
    return this.#contacts.map(({ closed, next }) => (next !== null && next.at <= now ? next.closed : closed));
  }

  /** At the board itself, past the coil. */
  force(closed: boolean): void {
    this.#contacts[0] = { closed, next: null };
  }

  powerCycle(): void {
    this.#contacts = cold();
  }

  #read(start: number, quantity: number, now: number): Pdu {
    if (quantity < 1 || quantity > 2000) return refuse(1, illegalValue);
    if (start + quantity > coils) return refuse(1, illegalAddress);
    const bytes = new Array<number>(Math.ceil(quantity / 8)).fill(0);
    const read = this.contacts(now).slice(start, start + quantity);
    for (const [at, closed] of read.entries()) if (closed) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
    return [1, bytes.length, ...bytes];
  }

  #write(data: readonly number[], now: number): Pdu {
    const [coil, value] = [word(data, 0), word(data, 2)];
    if (value !== 0 && value !== 0xff00) return refuse(5, illegalValue);
    const closed = this.contacts(now)[coil];
    if (closed === undefined) return refuse(5, illegalAddress);
    if (!this.stuck) this.#contacts[coil] = { closed, next: { closed: value !== 0, at: now + this.#contactMs } };
    return [5, ...data];
  }

  #identify(access: number, object: number): Pdu {
    const texts = ['W.I.T.', this.name, 'simulated 1'];
    if (access === 4 && texts[object] === undefined) return refuse(0x2b, illegalAddress);
    if (access !== 1 && access !== 4) return refuse(0x2b, illegalValue);
    // A stream from an object that is not there begins anew.
    const first = texts[object] === undefined ? 0 : object;
    const told = access === 4 ? [first] : [...texts.keys()].slice(first);
    const objects = told.flatMap(number => {
      const text = Buffer.from(texts[number] ?? '', 'latin1');
      return [number, text.length, ...text];
    });
    return [0x2b, 0x0e, access, conformity, 0, 0, told.length, ...objects];
  }
}

function cold(): { closed: boolean; next: null }[] {
  return Array.from({ length: coils }, () => ({ closed: false, next: null }));
}

/** An exception answer. */
export function refuse(code: number, exception: number): Pdu {
  return [code | 0x80, exception];
}

function word(data: readonly number[], at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}
