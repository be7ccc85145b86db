import type { Fence, Link, LinkListener } from '../driver.ts';

/** A link without hardware, for tests of drivers: what was written is kept, what the device says is called in. */
export interface MemoryLink extends Link {
  /** Every write in order, as it went out. */
  readonly written: Uint8Array[];
  /** The written bytes as Latin-1 text, and forgotten afterwards. */
  take(): string;
  /** Why the driver wanted to be rid of the connection. */
  readonly gaveUp: string[];
  open(): void;
  say(text: string): void;
  lose(reason: string): void;
}

/** Makes a closed memory link; `open()` opens it. */
export function memoryLink(fence: Fence, listener: LinkListener): MemoryLink {
  let isOpen = false;
  const written: Uint8Array[] = [];
  const gaveUp: string[] = [];
  const put = (bytes: Uint8Array) => {
    if (!isOpen || !fence.valid()) return false;
    written.push(bytes.slice());
    return true;
  };
  return {
    written,
    write: put,
    urgent: put,
    giveUp: reason => void gaveUp.push(reason),
    gaveUp,
    take: () => Buffer.concat(written.splice(0)).toString('latin1'),
    open() {
      isOpen = true;
      listener.opened();
    },
    say: text => listener.data(Buffer.from(text, 'latin1')),
    lose(reason) {
      isOpen = false;
      listener.lost(reason);
    },
    async close() {
      isOpen = false;
    },
  };
}
