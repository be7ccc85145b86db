import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { suspend } from '../actors/testing/suspend.ts';
import { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';
import { programLines } from './product/wire-log.ts';

const example = resolve(import.meta.dirname, '../docs/examples/bracket.nc');
/** A whole run on a busy machine; the wire keeps its real speed. */
const patience = 60_000;

let product: Product;
let browser: Browser;
const troubles: string[] = [];

beforeAll(async () => {
  product = await Product.start({ args: ['--demo-speed', '100', '--demo-log'] });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

/** A browser of its own; whatever its pages complain about is collected. */
async function open(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('pageerror', error => troubles.push(String(error)));
  page.on('console', message => {
    if (/content security policy/i.test(message.text())) troubles.push(message.text());
  });
  return { context, page };
}

async function press(page: Page, name: string): Promise<void> {
  await page.locator(`button[aria-label="${name}"]:not([aria-disabled="true"])`).first().click();
}

/** Presses until the machine shows the state: between two frames a press may be refused because the state just moved, and a person presses again. */
async function pressUntil(page: Page, name: string, state: string): Promise<void> {
  await until(
    `${name} leads to ${state}`,
    async () => {
      await press(page, name);
      return page
        .locator('.mstate', { hasText: state })
        .waitFor({ timeout: 30_000 })
        .then(() => true);
    },
    patience,
  );
}

async function shows(page: Page, state: string): Promise<void> {
  await page.locator('.mstate', { hasText: state }).waitFor();
}

async function logIn(page: Page): Promise<void> {
  await page.goto(`${product.url}/`);
  await page.getByLabel('Login').fill('mara');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Mill 1').first().waitFor();
}

/** What the allow-list made of the loaded program, from the disk of the node that runs it. */
async function cleanedProgram(person: Person): Promise<readonly string[]> {
  const { node, run } = await person.status();
  const hash = (await person.job(String(run?.job))).check?.hash;
  return readFileSync(join(product.dataDir, 'nodes', node, 'blobs', `${hash}.nc`), 'utf8')
    .trimEnd()
    .split('\n');
}

function sha256(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

interface EarlyEnd {
  readonly page: Page;
  readonly second: Page;
  readonly mara: Person;
  readonly cleaned: readonly string[];
}

/** COMPLETE, pressed in the middle of a second run: the device finishes what it was sent, and nothing more is fed. */
async function completeEarly({ page, second, mara, cleaned }: EarlyEnd): Promise<void> {
  await pressUntil(page, 'RESET', 'Idle');
  await press(page, 'Check bracket.nc');
  await press(page, 'LOAD');
  const again = programLines(product.wire()).length;
  await pressUntil(page, 'START', 'Execute');
  await until('fed', () => programLines(product.wire()).length > again + 100);
  await pressUntil(page, 'COMPLETE', 'Complete');
  await shows(second, 'Complete');
  const fed = programLines(product.wire()).slice(again);
  expect(fed.length).toBeLessThan(cleaned.length);
  expect(fed).toEqual(cleaned.slice(0, fed.length));
  // Told as it is: the state is Complete, the program was not run to its end.
  expect((await mara.status()).run).toMatchObject({
    result: 'stopped',
    sent: fed.length,
    acknowledged: fed.length,
    total: cleaned.length,
  });
}

test('a stranger sets up, uploads, homes, starts, is told why not, holds, goes on and completes; a second browser agrees; the wire has the program once', async () => {
  const { page } = await open();
  await page.goto(await product.setupLink());
  await page.getByLabel('Your name').fill('Mara');
  await page.getByLabel('Login').fill('mara');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('article', { name: 'Mill 1' }).getByText('SIMULATED').first().waitFor();

  await page.getByRole('article', { name: 'Mill 1' }).getByRole('link').first().click();
  await press(page, 'Check in');
  await page.getByRole('button', { name: 'I am at the machine' }).click();
  await pressUntil(page, 'CLEAR', 'Stopped');
  await press(page, 'Mode Setup');
  await press(page, 'HOME');
  await press(page, 'Mode Processing');
  await pressUntil(page, 'RESET', 'Idle');

  // Why not: nothing is loaded yet.
  await page.locator('button[aria-label="START"]').click({ force: true });
  const why = page.getByRole('dialog', { name: 'Why not START?' });
  await why.waitFor();
  expect(await why.textContent()).toMatch(/no program|no job|load/i);
  await why.getByRole('button', { name: 'Close' }).click();

  await page.getByLabel('Upload a program').setInputFiles(example);
  await press(page, 'LOAD');
  const mark = programLines(product.wire()).length;
  await pressUntil(page, 'START', 'Execute');

  const second = await open();
  await logIn(second.page);
  await second.page.goto(`${product.url}/machines/mill-1`);
  await shows(second.page, 'Execute');

  await pressUntil(second.page, 'HOLD', 'Held');
  await shows(page, 'Held');
  await pressUntil(page, 'UNHOLD', 'Execute');
  await shows(second.page, 'Execute');
  await shows(page, 'Complete');
  await shows(second.page, 'Complete');

  const mara = new Person(product.url);
  await mara.logIn();
  const { run } = await mara.status();
  expect(run).toMatchObject({ result: 'complete', acknowledged: run?.total, sent: run?.total });
  const cleaned = await cleanedProgram(mara);
  expect(sha256(programLines(product.wire()).slice(mark))).toBe(sha256(cleaned));
  expect(cleaned.length).toBeGreaterThan(2_000);

  await completeEarly({ page, second: second.page, mara, cleaned });
  expect(troubles).toEqual([]);
}, 300_000);

function jogLines() {
  return product.wire().filter(entry => entry.dir === 'in' && entry.bytes.toString('latin1').startsWith('$J='));
}

/** Holds a jog key until it runs. On a busy machine late grants end a jog, and it is never taken up again by itself: a person presses again. */
async function holdJog(page: Page, name: string): Promise<void> {
  const key = page.locator(`button[aria-label="${name}"]:not([aria-disabled="true"])`).first();
  await until(
    `the jog ${name} runs`,
    async () => {
      await key.hover();
      const fed = jogLines().length;
      await page.mouse.down();
      const runs = await until('the jog is fed', () => jogLines().length > fed + 6, 3_000).catch(() => false);
      if (!runs) await page.mouse.up();
      return runs;
    },
    patience,
  );
}

test('a held jog moves while the key is down and stops when the page loses its focus', async () => {
  const { page } = await open();
  await logIn(page);
  await page.goto(`${product.url}/machines/mill-1`);
  await page.getByRole('button', { name: 'I am at the machine' }).click();
  const mara = new Person(product.url);
  await mara.logIn();
  await until('stopped or idle', async () => {
    const { execution } = (await mara.status()).value;
    if (execution === 'Complete') await mara.must('RESET');
    return execution === 'Idle';
  });
  await press(page, 'Mode Setup');
  await page
    .getByRole('radio', { name: 'run' })
    .or(page.getByRole('button', { name: 'run' }))
    .first()
    .click();
  const jogs = () => jogLines().length;
  await holdJog(page, 'X+');
  await page.evaluate("window.dispatchEvent(new Event('blur'))");
  await until(
    'the machine rests',
    async () => (await mara.status()).value.mode === 'setup' || (await mara.status()).value.mode === 'setup.ready',
  );
  const after = jogs();
  await page.mouse.up();
  await new Promise(done => setTimeout(done, 400));
  expect(jogs()).toBe(after);
}, 120_000);

test('a browser that goes away in the middle of a jog stops it, because its grants end', async () => {
  const { context, page } = await open();
  await logIn(page);
  await page.goto(`${product.url}/machines/mill-1`);
  await page
    .getByRole('radio', { name: 'run' })
    .or(page.getByRole('button', { name: 'run' }))
    .first()
    .click();
  const cancels = () => product.wire().filter(entry => entry.dir === 'in' && entry.bytes.includes(0x85));
  const before = cancels().length;
  await holdJog(page, 'X−');
  await context.close();
  // On a busy computer the grants may have come too late already while the page was still there.
  const lastFed = () => jogLines().at(-1)?.t ?? 0;
  const cancel = await until('the jog is cancelled', () =>
    cancels()
      .slice(before)
      .find(({ t }) => t + 1 >= lastFed()),
  );
  await new Promise(done => setTimeout(done, 400));
  expect(lastFed()).toBeLessThanOrEqual(cancel.t + 1);
}, 120_000);

test('the stop key shows when it was sent and that the machine confirmed; the phone shows the latch', async () => {
  const { page } = await open();
  await logIn(page);
  await page.goto(`${product.url}/machines/mill-1`);
  await page.locator('button[aria-label="STOP Mill 1"]').first().click();
  await page.getByText(/sent/i).first().waitFor();
  await page
    .getByText(/confirm/i)
    .first()
    .waitFor();
  await page.getByText('The stop is latched', { exact: true }).waitFor();
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const small = await phone.newPage();
  await logIn(small);
  await small.goto(`${product.url}/machines/mill-1`);
  await small
    .getByText(/Aborted/)
    .first()
    .waitFor();
  const key = await small.locator('button[aria-label="STOP Mill 1"]').last().boundingBox();
  expect(key?.height).toBeGreaterThanOrEqual(64);
  expect((key?.y ?? 0) + (key?.height ?? 0)).toBeGreaterThan(844 * 0.8);
  await phone.close();
  expect(troubles).toEqual([]);
}, 120_000);

test('with the node down the page says NOT CONFIRMED, and the stop is sent when the node is back', async () => {
  const { page } = await open();
  await logIn(page);
  await page.goto(`${product.url}/machines/mill-1`);
  await page.locator('button[aria-label="STOP Mill 1"]').first().waitFor();
  const mara = new Person(product.url);
  await mara.logIn();
  if ((await mara.status()).value.stopLatch === 'latched') await mara.must('RELEASE_STOP', { statement: 'I am at the machine' });
  const node = product.endpoints().processes.node ?? 0;
  await suspend(node);
  await page.locator('button[aria-label="STOP Mill 1"]').first().click();
  await page
    .getByText(/NOT CONFIRMED/)
    .first()
    .waitFor();
  process.kill(node, 'SIGKILL');
  await page.getByText('The stop is latched', { exact: true }).waitFor();
  const status = await mara.reaches('stopLatch', 'latched');
  expect(status.stop.by).toBe('Mara');
}, 60_000);
