/** Chromium, Firefox and WebKitGTK, each as its makers ship it. */
import { openChromium } from './chromium.ts';
import { openFirefox } from './firefox.ts';
import { openWebkit } from './webkit.ts';

export const BROWSERS = { Chromium: openChromium, Firefox: openFirefox, WebKitGTK: openWebkit } as const;

export type BrowserName = keyof typeof BROWSERS;

/** WebKitGTK is for Linux. */
export const HERE = (Object.keys(BROWSERS) as BrowserName[]).filter(
  (name) => name !== 'WebKitGTK' || process.platform === 'linux',
);
