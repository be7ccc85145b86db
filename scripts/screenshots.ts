import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Product } from '../tests/product/product.ts';
import { until } from '../tests/product/wait.ts';
import { smallerPng } from './screenshots/png.ts';

/**
 * `npm run screenshots [-- FOLDER]`: pictures for README and docs, of a product of its own in a temporary folder that runs the example
 * program: dashboard and machine page, 1440 and 390 wide, light and dark. Needs Chromium, as the tests do.
 */
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const themes = ['light', 'dark'] as const;
const browserPath = '/usr/bin/chromium';
const browserArguments = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** How far the program has come in the pictures, percent. */
const progressWanted = 20;

/** What a person does before the first START of the day, up to a machine in the middle of the example. */
async function runExample(product: Product): Promise<void> {
  const mara = await product.administrator();
  await mara.makeReady();
  const job = await mara.prepare('bracket.nc', readFileSync(resolve('docs/examples/bracket.nc')));
  await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await mara.must('START');
  await until('the program is well under way', () => hasCome(mara, progressWanted), 120_000);
}

async function hasCome(mara: Awaited<ReturnType<Product['administrator']>>, percent: number): Promise<boolean> {
  const { body } = await mara.call('GET', '/equipment');
  const machines = body.items as { actor: string; execution: string; progress: number | null }[];
  const mill = machines.find(machine => machine.actor === 'equipment/mill-1');
  if (mill?.execution !== 'Execute' && mill?.execution !== 'Starting') throw new Error(`the mill is ${mill?.execution}`);
  return (mill.progress ?? 0) >= percent;
}

async function logIn(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${url}/login`);
  await page.getByLabel('Login').fill('mara');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'STOP ALL' }).waitFor();
  return page;
}

/** A page is worth a picture when its values are live and its pieces have arrived. */
async function settled(page: Page): Promise<void> {
  await page
    .getByText(/^live( \d|$)/)
    .first()
    .waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.waitForTimeout(1_200);
}

async function shoot(page: Page, folder: string, name: string): Promise<void> {
  for (const size of sizes) {
    for (const colorScheme of themes) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await settled(page);
      const path = join(folder, `${name}-${size.width}-${colorScheme}.png`);
      writeFileSync(path, smallerPng(await page.screenshot()));
      console.log(path);
    }
  }
}

async function take(product: Product, folder: string): Promise<void> {
  await runExample(product);
  const browser = await chromium.launch({ executablePath: browserPath, args: browserArguments });
  try {
    const page = await logIn(browser, product.url);
    await shoot(page, folder, 'fleet');
    await page.setViewportSize(sizes[0]);
    await page.goto(`${product.url}/machines/mill-1`);
    await page.getByRole('button', { name: 'I am at the machine' }).click();
    await shoot(page, folder, 'machine');
  } finally {
    await browser.close();
  }
}

const folder = process.argv[2] ?? 'docs/images';
mkdirSync(folder, { recursive: true });
const product = await Product.start({ args: ['--demo-speed', '20'] });
try {
  await take(product, folder);
} finally {
  await product.remove();
}
