/** The Chromium that the browser tests run in, and the flags under which its software WebGPU driver works headless. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

const SYSTEM = ['/usr/bin/chromium', '/usr/lib/chromium/chromium', '/usr/bin/google-chrome'];

/** Path of a Chromium to use: $DIAGFLOW_CHROMIUM, a system package's, Playwright's own; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env.DIAGFLOW_CHROMIUM;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  return [...SYSTEM, chromium.executablePath()].find((path) => existsSync(path));
}

/** Playwright's launch options. All four GPU flags are needed as soon as a WebGPU canvas is drawn; computing needs the first only. */
export function launchOptions(executablePath = findChromium()) {
  return {
    executablePath,
    chromiumSandbox: false,
    args: [
      '--enable-unsafe-webgpu',
      '--use-angle=swiftshader',
      '--enable-features=Vulkan',
      '--use-vulkan=swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}
