import { randomUUID } from 'node:crypto';
import type { SessionResponse } from '../../gateway/contract/auth.ts';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { until } from './wait.ts';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { code?: string; outcome?: string; reasons?: Reason[] };
}

/** A person at a browser, without the browser: speaks REST as the web interface does. */
export class Person {
  readonly #url: string;
  readonly #equipment: string;
  #session: SessionResponse | null = null;
  /** The refresh cookie, as the browser keeps it. */
  #cookie = '';

  /** Unless told otherwise the person is busy with `equipment`. */
  constructor(url: string, equipment = 'mill-1') {
    this.#url = url;
    this.#equipment = equipment;
  }

  get session(): SessionResponse {
    if (!this.#session) throw new Error('not logged in');
    return this.#session;
  }

  /** The same person, logged in as here, at another address of the product. */
  at(url: string): Person {
    const person = new Person(url, this.#equipment);
    person.#session = this.#session;
    person.#cookie = this.#cookie;
    return person;
  }

  /** Makes the first administrator out of the printed link. */
  async setUp(link: string): Promise<void> {
    const token = new URL(link).hash.replace(/^#token=/, '');
    const body = { token, login: 'mara', name: 'Mara', password: 'correct horse battery' };
    const answer = await whenOpen('set-up is open', () => this.call('POST', '/auth/setup', body));
    if (answer.status >= 300) throw new Error(`set-up refused: ${JSON.stringify(answer)}`);
    this.#session = answer.body as unknown as SessionResponse;
  }

  /** As soon as log-in is open: on a busy computer a server may answer too late. */
  logIn(login = 'mara', password = 'correct horse battery'): Promise<Answer> {
    return whenOpen('log-in is open', () => this.tryLogIn(login, password));
  }

  /** Once. */
  async tryLogIn(login = 'mara', password = 'correct horse battery'): Promise<Answer> {
    const answer = await this.call('POST', '/auth/login', { login, password });
    if (answer.status < 300) this.#session = answer.body as unknown as SessionResponse;
    return answer;
  }

  /** A new access token for the cookie, as a page gets one before the old one ends. */
  async refresh(): Promise<Answer> {
    const answer = await this.call('POST', '/auth/refresh');
    if (answer.status < 300) this.#session = answer.body as unknown as SessionResponse;
    return answer;
  }

  /** With a new access token when the old one has ended, as a page does. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#ask(method, path, body);
    if (answer.body.code !== 'token-expired') return answer;
    await this.refresh();
    return this.#ask(method, path, body);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        origin: this.#url,
        // Behind a balancer each request may come to another gateway.
        connection: 'close',
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
        ...(this.#session ? { authorization: `Bearer ${this.#session.accessToken}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const set = response.headers.get('set-cookie');
    if (set !== null) this.#cookie = set.split(';')[0] ?? '';
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }

  async status(equipment = this.#equipment): Promise<EquipmentStatus> {
    const answer = await this.call('GET', `/equipment/${equipment}`);
    if (answer.status !== 200) throw new Error(`no status: ${JSON.stringify(answer)}`);
    return answer.body as unknown as EquipmentStatus;
  }

  async job(id: string): Promise<JobStatus> {
    return (await this.call('GET', `/jobs/${id}`)).body as unknown as JobStatus;
  }

  /** Sends a command bound to the state just read, as a page would. */
  async command(command: CommandName, args: Record<string, unknown> = {}, equipment = this.#equipment): Promise<Answer> {
    const status = await this.status(equipment);
    return this.call('POST', `/equipment/${equipment}/commands`, {
      id: randomUUID(),
      command,
      args,
      seen: { epoch: status.epoch, decisionSeq: status.decisionSeq, at: status.at > 0 ? Date.now() : 0 },
    });
  }

  /**
   * The command must be accepted; a refusal is an error with its reasons. When the state moved in between, the person looks again; when the
   * database was slow to answer, so that nothing was done, they try again as they are told.
   */
  async must(command: CommandName, args: Record<string, unknown> = {}): Promise<void> {
    const answer = await until(`${command} can be written down`, async () => {
      const decided = await this.#decided(command, args);
      if (decided.body.code === 'journal-unavailable') throw new Error(JSON.stringify(decided));
      return decided;
    });
    if (answer.body.outcome !== 'accepted') throw new Error(`${command} was not accepted: ${JSON.stringify(answer)}`);
  }

  async #decided(command: CommandName, args: Record<string, unknown>): Promise<Answer> {
    let answer = await this.command(command, args);
    for (let looks = 0; answer.body.code === 'stale-view' && looks < 5; looks++) answer = await this.command(command, args);
    return answer;
  }

  async reaches(region: string, state: string, ms = 20_000): Promise<EquipmentStatus> {
    return until(
      `${region} ${state}`,
      async () => {
        const status = await this.status();
        if (status.value[region] === state || status.value[region]?.startsWith(`${state}.`)) return status;
        throw new Error(`${JSON.stringify(status.value)} ${JSON.stringify(status.alarms)}`);
      },
      ms,
    );
  }

  async upload(name: string, bytes: Buffer | string): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1/files?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { origin: this.#url, authorization: `Bearer ${this.session.accessToken}`, 'content-type': 'application/octet-stream' },
      body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }

  /** Uploads a program and waits until its job is checked. */
  async prepare(name: string, bytes: Buffer | string, equipment = this.#equipment): Promise<JobStatus> {
    const file = await this.upload(name, bytes);
    if (file.status !== 201) throw new Error(`upload refused: ${JSON.stringify(file)}`);
    const created = await this.call('POST', '/jobs', { file: file.body.id, equipment });
    if (created.status !== 202) throw new Error(`job refused: ${JSON.stringify(created)}`);
    const id = String(created.body.id);
    return until(
      `job ${id} checked`,
      async () => {
        const job = await this.job(id);
        return job.state !== undefined && job.state !== 'checking' ? job : undefined;
      },
      60_000,
    );
  }

  /** From a fresh start to Idle in processing with control held: what a person does before the first START of the day. */
  async makeReady(): Promise<void> {
    await this.reaches('connection', 'online');
    await this.must('CHECK_IN');
    await this.call('POST', '/auth/presence', { equipment: this.#equipment });
    await this.leaveAborted();
  }

  /** From Aborted, with control held and the stop released, to Idle in processing. */
  async leaveAborted(): Promise<void> {
    await this.must('CLEAR');
    await this.reaches('execution', 'Stopped');
    await this.home();
    await this.must('RESET');
    await this.reaches('execution', 'Idle');
  }

  async home(): Promise<void> {
    if (!(await this.status()).value.mode?.startsWith('setup')) await this.must('SET_MODE', { mode: 'setup' });
    await this.must('HOME');
    await until('homed', async () => (await this.status()).homed, 30_000);
    await this.must('SET_MODE', { mode: 'processing' });
  }
}

function whenOpen(what: string, ask: () => Promise<Answer>): Promise<Answer> {
  return until(what, async () => {
    const answer = await ask();
    if (answer.status === 503) throw new Error(JSON.stringify(answer));
    return answer;
  });
}
