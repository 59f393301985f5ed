/** One Chromium and one server for a test file, and what its tests do with a page. */
import { deflateRawSync } from 'node:zlib';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchOptions } from '../setup/chromium.ts';
import { type Site, serveSite } from './site.ts';

/** A run that ends within a second, with every method. */
export const SMALL = {
  problem: { dimension: 64 },
  horizon: 2,
  samples: 20,
  statistics: ['risk', 'curvature'],
  methods: [
    { kind: 'sgd', replicas: 4 },
    { kind: 'sde', replicas: 4, timeStep: 0.05 },
    { kind: 'pde', tolerance: 1e-4 },
    { kind: 'flow' },
  ],
  seed: 7,
};

/** One that goes on for minutes. */
export const LONG = {
  problem: { dimension: 4096 },
  horizon: 400,
  samples: 400,
  methods: [{ kind: 'sgd', replicas: 8 }],
  seed: 7,
};

export function linkTo(experiment: unknown, more: Record<string, string> = {}): string {
  const x = deflateRawSync(JSON.stringify(experiment)).toString('base64url');
  return `#${new URLSearchParams({ x, ...more })}`;
}

export interface Lab {
  readonly page: Page;
  /** What the console said in warning or error, exceptions, and requests that left the site. */
  readonly complaints: string[];
}

/** Starts and ends with the test file; every page must have been quiet, unless a test empties its list. */
export function useLab() {
  let browser: Browser;
  let site: Site;
  const open: Lab[] = [];

  beforeAll(async () => {
    site = await serveSite();
    browser = await chromium.launch(launchOptions());
  }, 60_000);

  afterEach(async () => {
    site.prelude = '';
    site.before = '';
    const complaints = open.flatMap((lab) => lab.complaints);
    await Promise.all(open.splice(0).map(({ page }) => page.context().close()));
    expect(complaints).toEqual([]);
    expect(site.missing).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  return {
    site: () => site,
    async visit(fragment: string, options: BrowserContextOptions = {}): Promise<Lab> {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        acceptDownloads: true,
        ...options,
      });
      const page = await context.newPage();
      const lab: Lab = { page, complaints: [] };
      open.push(lab);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') lab.complaints.push(message.text());
      });
      page.on('pageerror', (error) => lab.complaints.push(String(error)));
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(site.address) && !/^(data|blob):/.test(url)) lab.complaints.push(`request to ${url}`);
      });
      await page.goto(site.address + fragment);
      return lab;
    },
  };
}

const WAIT = 45_000;

/** Until the current run is in a state, as its card says. */
export async function untilRun(page: Page, words: string): Promise<void> {
  await page.locator('.run.current .run-facts', { hasText: words }).waitFor({ timeout: WAIT });
}

/** Number of SGD's curve as the data table has it: rows × columns of text. */
export async function tableOf(page: Page): Promise<string[][]> {
  const details = page.locator('details.behind').first();
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  await details.locator('tbody tr').first().waitFor();
  return details
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
}
