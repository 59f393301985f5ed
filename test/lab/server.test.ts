/** `npm run lab`: the sources served by the development server run as the built site does. */
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { expect, it } from 'vitest';
import { launchOptions } from '../setup/chromium.ts';
import { linkTo, SMALL, untilRun } from './page.ts';

it('serves the page from its sources, on the loopback interface only', async () => {
  // Vite reads VITEST to choose this repository's test configuration.
  const vitest = process.env.VITEST;
  delete process.env.VITEST;
  const server = await createServer({ server: { port: 0 }, logLevel: 'error' });
  process.env.VITEST = vitest;
  const browser = await chromium.launch(launchOptions());
  try {
    await server.listen();
    const [address] = server.resolvedUrls?.local ?? [];
    expect(server.resolvedUrls?.network).toEqual([]);
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(address + linkTo(SMALL));
    await untilRun(page, 'finished');
    expect(await page.locator('.legend-item').count()).toBe(4);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
