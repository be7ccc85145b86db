import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Check } from '../../statecharts/job/status.ts';
import { MotionCheck } from './bounds.ts';
import { CleanedFile } from './cleaned-file.ts';
import type { CheckContext } from './dialect.ts';
import { LineReader, type RawLine } from './line-reader.ts';
import { Problems } from './problems.ts';
import { checkWords, cleanLine, type LineProblem } from './rules.ts';
import { sniff } from './sniff.ts';
import { isWordError, parseLine } from './words.ts';

export interface CheckLimits {
  readonly maxBytes: number;
  /** Lines of the uploaded file. */
  readonly maxLines: number;
}

/** A day of milling is some ten MB; more than this is no program for a machine without its own disk. */
export const defaultCheckLimits: CheckLimits = { maxBytes: 100 * 1024 * 1024, maxLines: 5_000_000 };

export interface CheckRequest {
  /** Path of the file as uploaded. */
  readonly source: string;
  /** Directory that receives `<hash>.nc`, the program as it will be sent, when nothing is refused. */
  readonly cleanTo: string;
  readonly context: CheckContext;
  readonly limits: CheckLimits;
}

/**
 * Checks an uploaded program before the first byte: the allow-list of the dialect line by line, then where it would go. Streams the
 * file in bounded memory and gives way to other work every few milliseconds. `ok: false` has the reasons with their lines, an empty
 * `hash` and leaves no file behind. Throws only when a file cannot be read or written.
 */
export async function checkProgram(request: CheckRequest): Promise<Check> {
  const refused = await checkFile(request);
  if ('code' in refused) return refusedFile(refused);
  const cleaned = await CleanedFile.create(request.cleanTo);
  try {
    const pass = new Pass(request, cleaned);
    await pass.read(refused.skip);
    return await pass.finish();
  } finally {
    await cleaned.close();
  }
}

async function checkFile({ source, limits }: CheckRequest): Promise<LineProblem | { readonly skip: number }> {
  const { size } = await stat(source);
  if (size > limits.maxBytes)
    return { code: 'too-large', message: `The file has ${megabytes(size)} MB; at most ${megabytes(limits.maxBytes)} MB are taken.` };
  const sniffed = sniff(await readHead(source));
  return 'refused' in sniffed ? sniffed.refused : sniffed;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

async function readHead(source: string): Promise<Buffer> {
  const file = await open(source);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function refusedFile(problem: LineProblem): Check {
  const problems = new Problems();
  problems.addForFile(problem);
  const nothing = { hash: '', lines: 0, bytes: 0, bounds: null, offsets: {}, cleaned: 0 };
  return { ok: false, ...nothing, problems: problems.list, problemCount: problems.count };
}

/** Small chunks, so that no turn of the event loop is held for long. */
const chunkBytes = 16 * 1024;
/** A file whose first so many lines with something on them hold not one line of g-code is something else. */
const hopelessLines = 1000;

/** One reading of one file. */
class Pass {
  readonly #request: CheckRequest;
  readonly #cleaned: CleanedFile;
  readonly #motion: MotionCheck;
  readonly #reader = new LineReader();
  readonly #problems = new Problems();
  #changed = 0;
  #codeLines = 0;
  #otherLines = 0;
  #stopped: LineProblem | null = null;

  constructor(request: CheckRequest, cleaned: CleanedFile) {
    this.#request = request;
    this.#cleaned = cleaned;
    this.#motion = new MotionCheck(request.context);
  }

  async read(skip: number): Promise<void> {
    const stream = createReadStream(this.#request.source, { start: skip, highWaterMark: chunkBytes });
    for await (const chunk of stream) {
      for (const line of this.#reader.push(chunk as Buffer)) this.#take(line);
      await this.#cleaned.flush();
      if (this.#stopped !== null) return;
    }
    for (const line of this.#reader.end()) this.#take(line);
  }

  async finish(): Promise<Check> {
    const whole = this.#stopped ?? this.#judgeWhole();
    if (whole !== null) this.#problems.addForFile(whole);
    const { count, list } = this.#problems;
    const { lines, bytes } = this.#cleaned;
    const { bounds, offsets } = this.#motion;
    const ok = count === 0;
    const hash = ok ? await this.#cleaned.keep() : '';
    return { ok, hash, lines, bytes, bounds, offsets, cleaned: this.#changed, problems: list, problemCount: count };
  }

  #judgeWhole(): LineProblem | null {
    if (this.#codeLines > 0) return null;
    if (this.#otherLines === 0) return { code: 'empty', message: 'There is nothing but comments and empty lines in the file.' };
    return { code: 'not-gcode', message: 'Not one line of the file is g-code.' };
  }

  #take(line: RawLine): void {
    const { limits } = this.#request;
    if (line.number > limits.maxLines)
      this.#stopped ??= { code: 'too-large', message: `More than ${limits.maxLines} lines are not taken.` };
    if (this.#codeLines === 0 && this.#otherLines >= hopelessLines) this.#stopped ??= this.#judgeWhole();
    if (this.#stopped !== null) return;
    const result = this.#check(line);
    if (typeof result !== 'string') this.#problems.add(line.number, result, line.text);
    else if (result !== '' && this.#problems.count === 0) this.#cleaned.add(result);
    if (result !== line.text && line.text !== '') this.#changed += 1;
  }

  /** The line as it is sent, empty for nothing, or why not. */
  #check(line: RawLine): string | LineProblem {
    const parsed = parseLine(line.text);
    if (line.hasNul) return this.#other(nulByte);
    // The place where a long line was cut may look like a malformed word.
    if (isWordError(parsed)) return this.#other(line.cut ? endlessLine : parsed);
    if (line.cut && !parsed.endsInComment) return this.#other(endlessLine);
    const words = parsed.words.filter(word => word.letter !== 'N');
    if (words.length === 0) return '';
    this.#codeLines += 1;
    const { dialect } = this.#request.context;
    return checkWords(words, dialect) ?? this.#motion.line(words) ?? cleanLine(words, dialect);
  }

  #other(problem: LineProblem): LineProblem {
    this.#otherLines += 1;
    return problem;
  }
}

const nulByte: LineProblem = { code: 'nul-byte', message: 'A NUL byte must not stand in a program; the file may be damaged.' };
const endlessLine: LineProblem = { code: 'line-too-long', message: 'The line has thousands of characters; no line of a program has.' };
