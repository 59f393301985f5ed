/** The browsers besides Chromium that the lab is tested in, as Debian packages them. */
import { existsSync } from 'node:fs';

export const BROWSER_PACKAGES = {
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'xauth'],
} as const;

/** Path of a Firefox to use: $DIAGFLOW_FIREFOX, or a system package's; undefined where there is none. */
export function findFirefox(): string | undefined {
  const named = process.env.DIAGFLOW_FIREFOX;
  const paths = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'];
  return (named === undefined ? paths : [named]).find((path) => existsSync(path));
}

export const WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver';
export const VIRTUAL_DISPLAY = '/usr/bin/xvfb-run';

/** Path of WebKitGTK's small browser; undefined where it, its driver or a virtual display is missing. */
export function findWebkit(): string | undefined {
  if (!existsSync(WEBKIT_DRIVER) || !existsSync(VIRTUAL_DISPLAY)) return undefined;
  const architectures = ['x86_64', 'aarch64'].map((name) => `/usr/lib/${name}-linux-gnu`);
  return architectures
    .flatMap((folder) => [`${folder}/webkit2gtk-4.1/MiniBrowser`, `${folder}/webkitgtk-6.0/MiniBrowser`])
    .find((path) => existsSync(path));
}

/** WebKitGTK is for Linux only; there both must be. */
export function missingBrowsers(): string[] {
  const missing: string[] = [];
  if (findFirefox() === undefined) missing.push('no Firefox was found (DIAGFLOW_FIREFOX may name one)');
  if (process.platform === 'linux' && findWebkit() === undefined)
    missing.push('no WebKitGTK with its driver was found');
  return missing;
}
