/** Chromium, through Playwright. */
import { chromium } from 'playwright';
import { launchOptions } from '../setup/chromium.ts';
import type { Browser, LaunchOptions } from './browser.ts';

export async function openChromium({ env = {}, host }: LaunchOptions = {}): Promise<Browser> {
  const options = launchOptions();
  const args = host === undefined ? [] : [`--host-resolver-rules=MAP ${host} 127.0.0.1`];
  const browser = await chromium.launch({
    ...options,
    args: [...options.args, ...args],
    env: { ...process.env, ...env } as Record<string, string>,
  });
  return {
    version: `Chromium ${browser.version()}`,
    async open() {
      const context = await browser.newContext();
      const page = await context.newPage();
      return {
        goto: async (url) => {
          await page.goto(url);
        },
        evaluate: (expression) => page.evaluate(expression),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}
