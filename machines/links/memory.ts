import type { Fence, Link, LinkListener } from '../driver.ts';

/** A link without hardware, for tests of drivers: what was written is kept, what the device says is called in. */
export interface MemoryLink extends Link {
  /** Every write in order, as it went out. */
  readonly written: Uint8Array[];
  /** The written bytes as Latin-1 text, and forgotten afterwards. */
  take(): string;
  open(): void;
  say(text: string): void;
  lose(reason: string): void;
}

/** Makes a closed memory link; `open()` opens it. */
export function memoryLink(fence: Fence, listener: LinkListener): MemoryLink {
  let isOpen = false;
  const written: Uint8Array[] = [];
  const put = (bytes: Uint8Array) => {
    if (!isOpen || !fence.valid()) return false;
    written.push(bytes.slice());
    return true;
  };
  return {
    written,
    write: put,
    urgent: put,
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
