/** Headless Chromium for sections that measure a page. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';
import { findChromium, launchOptions } from '../../test/setup/chromium.ts';

/** Null, and why, where there is no Chromium. */
export async function openChromium(): Promise<{ browser: Browser | null; why: string }> {
  const path = findChromium();
  if (path === undefined || !existsSync(path)) {
    return {
      browser: null,
      why: 'Chromium skipped: none was found; install: apt-get install chromium, or set $DIAGFLOW_CHROMIUM',
    };
  }
  return { browser: await chromium.launch(launchOptions(path)), why: '' };
}
