import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** The far end of a pseudo terminal, played by a test: what was received, and a way to speak. */
export interface PtyPeer {
  /** The terminal's device, e.g. /dev/pts/3. */
  readonly path: string;
  /** Everything received so far, Latin-1. */
  received(): string;
  say(text: string): void;
  /** Pulls the cable: the device goes away. */
  cut(): Promise<void>;
}

/** Opens a raw, 8-bit clean pseudo terminal with nothing but Debian's essential `script`. */
export async function ptyPeer(): Promise<PtyPeer> {
  const child = spawn('script', ['-qfec', 'stty raw -echo; tty; exec sleep inf', '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  let path = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('script ended')));
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      const found = path === '' ? /^(\/dev\/\S+)\r?\n/.exec(text) : null;
      if (!found) return;
      path = found[1] ?? '';
      text = text.slice(found[0].length);
      resolve();
    });
  });
  return {
    path,
    received: () => text,
    say: said => void child.stdin.write(Buffer.from(said, 'latin1')),
    cut: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
