import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const blockBytes = 65_536;
/** Lines kept ready; the device takes a few dozen per second and line-ends come in blocks of thousands. */
const lowMark = 200;

/** The lines of a cleaned program, read ahead in blocks, never the whole file. */
export interface ProgramSource {
  readonly total: number;
  /** The next line, undefined when none is ready now. */
  peek(): string | undefined;
  shift(): void;
  /** True when every line was taken. */
  readonly atEnd: boolean;
  close(): void;
}

export interface ProgramRequest {
  readonly path: string;
  /** First line wanted, 1-based. */
  readonly fromLine: number;
  /** Called when more lines became ready, or with the failure. */
  readonly ready: (problem?: string) => void;
}

/** Opens a program; rejects when it cannot be read. */
export async function openProgram(request: ProgramRequest): Promise<ProgramSource> {
  const total = await countLines(request.path);
  const source = new FileSource(await open(request.path, 'r'), total, request);
  await source.fill();
  return source;
}

class FileSource implements ProgramSource {
  readonly total: number;
  readonly #file: FileHandle;
  readonly #request: ProgramRequest;
  #lines: string[] = [];
  #at = 0;
  #rest = '';
  #skip: number;
  #reading = false;
  #ended = false;
  #closed = false;

  constructor(file: FileHandle, total: number, request: ProgramRequest) {
    this.#file = file;
    this.total = total;
    this.#request = request;
    this.#skip = request.fromLine - 1;
  }

  get atEnd(): boolean {
    return this.#ended && this.#at >= this.#lines.length;
  }

  peek(): string | undefined {
    if (this.#lines.length - this.#at < lowMark) this.#readMore();
    return this.#lines[this.#at];
  }

  shift(): void {
    this.#at += 1;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#reading) void this.#file.close();
  }

  /** Reads blocks until enough lines are ready or the end is known. */
  async fill(): Promise<void> {
    do await this.#readBlock();
    while (!this.#ended && this.#lines.length - this.#at < lowMark);
  }

  #readMore(): void {
    if (this.#reading || this.#ended || this.#closed) return;
    this.#reading = true;
    this.fill()
      .then(
        () => this.#request.ready(),
        cause => this.#request.ready(cause instanceof Error ? cause.message : String(cause)),
      )
      .finally(() => {
        this.#reading = false;
        if (this.#closed) void this.#file.close();
      });
  }

  async #readBlock(): Promise<void> {
    const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(blockBytes), 0, blockBytes, null);
    const parts = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
    this.#rest = bytesRead > 0 ? (parts.pop() ?? '') : '';
    this.#ended = bytesRead === 0;
    if (this.#ended && parts.at(-1) === '') parts.pop();
    const fresh = parts.slice(this.#skip);
    this.#skip -= parts.length - fresh.length;
    this.#lines = [...this.#lines.slice(this.#at), ...fresh.map(line => line.replace(/\r$/, ''))];
    this.#at = 0;
  }
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  let last = 0x0a;
  for await (const block of createReadStream(path, { highWaterMark: blockBytes })) {
    const bytes: Uint8Array = block;
    for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines += 1;
    last = bytes.at(-1) ?? last;
  }
  return last === 0x0a ? lines : lines + 1;
}
