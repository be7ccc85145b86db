import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

const password = 'correct horse battery';
const patience = 60_000;
/** A square of 60 mm, slow enough to be in the middle of it for a while. */
const square = ['G21 G90 G94', 'G0 Z5', 'G0 X0 Y0', 'M3 S700', 'G1 X60 F10', 'G1 Y60', 'G1 X0', 'G1 Y0', 'M5', 'M2'].join('\n');

let product: Product;
let browser: Browser;

beforeAll(async () => {
  product = await Product.start({ args: ['--demo-speed', '20'] });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await product?.remove();
});

/** Somebody at a browser of their own. */
async function logIn(login: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  await page.goto(`${product.url}/login`);
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'STOP ALL' }).waitFor();
  return page;
}

async function press(page: Page, name: string): Promise<void> {
  await page.locator(`button[aria-label="${name}"]:not([aria-disabled="true"])`).first().click();
}

/** Presses until the machine shows the state: between two frames a press may be refused because the state just moved. */
async function pressUntil(page: Page, name: string, state: string): Promise<void> {
  await until(
    `${name} leads to ${state}`,
    async () => {
      await press(page, name);
      return page
        .locator('.mstate', { hasText: state })
        .waitFor({ timeout: 10_000 })
        .then(() => true);
    },
    patience,
  );
}

/** A laser that may be started: homed, loaded, armed, in the hands of Mara. */
async function readyLaser(): Promise<Person> {
  const mara = new Person(product.url, 'laser-1');
  await mara.setUp(await product.setupLink());
  await mara.makeReady();
  const job = await mara.prepare('square.nc', square);
  await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await mara.must('ARM_LASER');
  await mara.reaches('beam', 'armed');
  return mara;
}

/** The training, and Jonas, who may work here too. */
async function furnish(office: Page): Promise<void> {
  await office.goto(`${product.url}/people`);
  await press(office, 'New training');
  await office.getByLabel('What it is called').fill('Laser basic');
  await press(office, 'Set it up');
  await office.getByText('laser-basic').first().waitFor();
  await press(office, 'New person');
  await office.getByLabel('Name', { exact: true }).fill('Jonas');
  await office.getByLabel('Login', { exact: true }).fill('jonas');
  await office.getByLabel('First password').fill(password);
  await office.getByRole('button', { name: 'Add' }).click();
  await office.getByRole('listitem', { name: 'Jonas' }).waitFor();
}

/** An hour of the day, so many from now: `HH:00`. */
function hourFromNow(hours: number): string {
  const hour = new Date(Date.now() + hours * 3_600_000).getHours();
  return `${String(hour).padStart(2, '0')}:00`;
}

/** Three rules from three templates, each checked and put into force. */
async function setUpRules(office: Page): Promise<void> {
  await office.goto(`${product.url}/rules`);
  const make = async (id: string, kind: string, fill: () => Promise<unknown>): Promise<void> => {
    await press(office, 'New rule');
    await office.getByLabel('Kind of rule').selectOption(kind);
    await fill();
    await office.locator('.ticks').getByRole('button', { name: 'Laser 1' }).click();
    await office.getByLabel('Short name').fill(id);
    await press(office, 'Check');
    await press(office, 'Put into force');
    await office.getByRole('listitem', { name: id, exact: true }).getByText('in force').waitFor();
  };
  await make('extraction', 'equipment-running', () => office.getByLabel('Which other equipment').selectOption('extractor-1'));
  await make('evening', 'not-alone', async () => {
    await office.getByLabel('From', { exact: true }).fill(hourFromNow(-1));
    await office.getByLabel('To', { exact: true }).fill(hourFromNow(4));
    await office.getByLabel('People who must be present').fill('2');
  });
  await make('trained', 'training', () => office.getByLabel('Which training').selectOption('laser-basic'));
}

const reasonsOf = (page: Page) => page.getByRole('dialog', { name: 'Why not START?' }).locator('.reason');

/** What the open panel says against START, once it says so much. */
async function reasons(page: Page, count: number): Promise<string[]> {
  return until(`${count} reasons`, async () => {
    const found = await reasonsOf(page).locator('code').allTextContents();
    return found.length === count ? found.sort() : undefined;
  });
}

test('[SR3] three rules set up in the browser refuse START of the laser, each lifts as its fact changes, and a rule lost suspends the run and says why', async () => {
  const mara = await readyLaser();
  const [laser, office] = [await logIn('mara'), await logIn('mara')];
  await laser.goto(`${product.url}/machines/laser-1`);
  await laser.getByRole('button', { name: 'I am at the machine' }).click();
  await laser.locator('button[aria-label="START"]:not([aria-disabled="true"])').waitFor();

  await furnish(office);
  await setUpRules(office);
  await laser.locator('button[aria-label="START"]', { hasText: '3 reasons why not' }).click({ force: true });
  expect(await reasons(laser, 3)).toEqual(['alone', 'equipment-not-running', 'training-missing']);

  await office.goto(`${product.url}/people`);
  await press(office, 'Note a training of Mara');
  await office.getByLabel('Training', { exact: true }).selectOption('laser-basic');
  await press(office, 'Note it');
  expect(await reasons(laser, 2)).toEqual(['alone', 'equipment-not-running']);

  const jonas = await logIn('jonas');
  await press(jonas, 'Jonas, operator');
  await jonas.getByRole('button', { name: 'I am in the workshop' }).click();
  expect(await reasons(laser, 1)).toEqual(['equipment-not-running']);

  await office.goto(`${product.url}/machines/extractor-1`);
  await press(office, 'Check in');
  await pressUntil(office, 'CLEAR', 'Stopped');
  await press(office, 'Switch on');
  await laser.getByText('Nothing stands in the way any more.').waitFor();
  await laser.getByRole('button', { name: 'Close' }).click();
  await pressUntil(laser, 'START', 'Execute');

  await press(office, 'Switch off');
  await laser.locator('.mstate', { hasText: 'Suspended' }).waitFor();
  await laser.locator('.mstate', { hasText: 'does not run' }).waitFor();
  await laser.getByRole('tab', { name: /Rules/ }).click();
  await laser.getByRole('region', { name: 'Rules of the workshop' }).getByText('The run was not let go on').waitFor();
  expect(await laser.locator('button[aria-label="UNSUSPEND"]').getAttribute('aria-disabled')).toBe('true');
  const { siteLoss } = await mara.reaches('execution', 'Suspended');
  expect(siteLoss?.join(' ')).toMatch(/does not run/);
  const events = (await mara.call('GET', '/equipment/laser-1/events?limit=50')).body.items as { type: string; data: unknown }[];
  const told = { facts: { 'equipment/extractor-1': { known: true, value: { output: 'off' } } } };
  expect(events.find(({ type }) => type === 'site.changed')?.data).toMatchObject(told);

  await press(office, 'Switch on');
  await pressUntil(laser, 'UNSUSPEND', 'Execute');
}, 240_000);
