import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/**
 * Pictures of a running product, for README and docs: dashboard and machine page, 390 and 1440 wide, light and dark.
 * `node scripts/run.mjs scripts/screenshots.ts URL LOGIN PASSWORD [EQUIPMENT [FOLDER]]`; changes nothing in the workshop.
 */
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const themes = ['light', 'dark'] as const;
const browserPath = '/usr/bin/chromium';
const browserArguments = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

interface Shoot {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly equipment: string;
  readonly folder: string;
}

function shootOf([url, login, password, equipment = 'mill-1', folder = 'docs/images']: readonly string[]): Shoot | null {
  return url && login && password ? { url, login, password, equipment, folder } : null;
}

async function logIn(page: Page, { url, login, password }: Shoot): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'STOP ALL' }).waitFor();
}

/** A page is worth a picture when its values are live and its pieces have arrived. */
async function settled(page: Page): Promise<void> {
  await page
    .getByText(/^live( \d|$)/)
    .first()
    .waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.waitForTimeout(1_500);
}

async function shootOne(
  browser: Browser,
  shoot: Shoot,
  look: { size: (typeof sizes)[number]; theme: (typeof themes)[number] },
): Promise<void> {
  const context = await browser.newContext({ viewport: look.size, colorScheme: look.theme });
  const page = await context.newPage();
  const save = async (name: string): Promise<void> => {
    await settled(page);
    const path = join(shoot.folder, `${name}-${look.size.width}-${look.theme}.png`);
    await page.screenshot({ path });
    console.log(path);
  };
  await logIn(page, shoot);
  await save('fleet');
  await page.goto(`${shoot.url}/machines/${shoot.equipment}`);
  await page
    .getByRole('button', { name: /^STOP / })
    .first()
    .waitFor();
  await save('machine');
  await context.close();
}

const shoot = shootOf(process.argv.slice(2));
if (!shoot) {
  console.error('Give the address of a running product, a login and its password: screenshots.ts URL LOGIN PASSWORD [EQUIPMENT [FOLDER]]');
  process.exitCode = 1;
} else {
  mkdirSync(shoot.folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: browserPath, args: browserArguments });
  try {
    for (const size of sizes) for (const theme of themes) await shootOne(browser, shoot, { size, theme });
  } finally {
    await browser.close();
  }
}
