/** `npm run lab` and `vite preview`: on the loopback interface only, under a strict policy, and the page runs as the built site does. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';
import { createServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchOptions } from '../setup/chromium.ts';
import { linkTo, SMALL, untilRun } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch(launchOptions());
});
afterAll(() => browser?.close());

/** Vite reads VITEST to choose this repository's test configuration. */
async function asUsers<T>(start: () => Promise<T>): Promise<T> {
  const vitest = process.env.VITEST;
  delete process.env.VITEST;
  try {
    return await start();
  } finally {
    process.env.VITEST = vitest;
  }
}

/** The page runs there; nothing is thrown, and the policy is not broken. */
async function expectRuns(address: string): Promise<void> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  const policy =
    (await page.goto(address + linkTo(SMALL), { waitUntil: 'commit' }))?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("'unsafe-eval'");
  await untilRun(page, 'finished');
  expect(await page.locator('.legend-item').count()).toBe(4);
  expect(complaints).toEqual([]);
  await page.close();
}

it('the development server', async () => {
  const server = await asUsers(() => createServer({ server: { port: 0 }, logLevel: 'error' }));
  try {
    await server.listen();
    expect(server.httpServer?.address()).toMatchObject({ address: '127.0.0.1' });
    expect(server.resolvedUrls?.network).toEqual([]);
    await expectRuns(server.resolvedUrls!.local[0]);
  } finally {
    await server.close();
  }
});

it('the preview of the built site', async () => {
  if (!existsSync('dist/lab/index.html')) throw new Error('dist/lab is missing: run `npx vite build` first');
  const server = await asUsers(() => preview({ preview: { port: 0 }, logLevel: 'error' }));
  try {
    expect(server.httpServer.address()).toMatchObject({ address: '127.0.0.1' });
    await expectRuns(server.resolvedUrls!.local[0]);
  } finally {
    await server.close();
  }
});
