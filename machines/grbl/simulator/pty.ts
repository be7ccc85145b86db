import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HostLine, HostLineListener } from './host-line.ts';

/** The controller's side of a pseudo terminal; the other side is the serial port that a driver opens. */
interface Pty {
  /** `/dev/pts/7` */
  readonly path: string;
  /** Bytes towards the driver; dropped when the terminal is gone. */
  write(bytes: Uint8Array): void;
  /** Ends the terminal: whoever has it open sees a hang-up, as with a pulled cable. */
  close(): Promise<void>;
}

interface PtyListener {
  data(bytes: Uint8Array): void;
  /** The terminal ended without being asked to. */
  ended(): void;
}

/**
 * Opens a raw, 8-bit clean pseudo terminal. Node has no call for it, so `script` (bsdutils, essential on Debian) holds the
 * controller's side; its first line of output is the name of the other side. It dies with this process where `setpriv` exists.
 */
async function openPty(listener: PtyListener): Promise<Pty> {
  const child = spawnScript();
  const path = await terminalName(child, listener);
  let closing = false;
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  void ended.then(() => (closing ? undefined : listener.ended()));
  child.stdin?.on('error', () => {});
  return {
    path,
    write: bytes => void child.stdin?.write(bytes),
    close: () => {
      closing = true;
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** A serial port under a stable name: a pseudo terminal and the link to it. */
export async function openPtyLine(link: string, listener: HostLineListener): Promise<HostLine> {
  const pty = await openPty({ data: bytes => listener.data(bytes, null), ended: () => listener.ended('the terminal ended') });
  linkPort(link, pty.path);
  return {
    place: pty.path,
    write: pty.write,
    async close() {
      rmSync(link, { force: true });
      await pty.close();
    },
  };
}

/** Points `link` at the terminal, replacing a stale one of an earlier run in one step. */
function linkPort(link: string, path: string): void {
  mkdirSync(dirname(link), { recursive: true });
  const fresh = `${link}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(path, fresh);
  renameSync(fresh, link);
}

function spawnScript(): ChildProcess {
  const script = ['script', '-qfec', 'stty raw -echo; tty; exec sleep inf', '/dev/null'];
  const guarded = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  const [command = 'script', ...args] = guarded ? ['setpriv', '--pdeathsig', 'KILL', ...script] : script;
  const env = { PATH: '/usr/bin:/bin', SHELL: '/bin/sh', LC_ALL: 'C' };
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env, detached: true });
}

function terminalName(child: ChildProcess, listener: PtyListener): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const fail = (cause?: Error) => reject(new Error('no pseudo terminal: `script` of bsdutils could not be started', { cause }));
    child.once('error', fail);
    child.once('exit', () => fail());
    const first = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf(0x0a);
      if (end === -1) return;
      child.stdout?.off('data', first);
      child.stdout?.on('data', (more: Buffer) => listener.data(more));
      if (end + 1 < head.length) listener.data(head.subarray(end + 1));
      resolve(head.subarray(0, end).toString('latin1').trim());
    };
    child.stdout?.on('data', first);
  });
}
