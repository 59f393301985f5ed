/** Debian's WebKitGTK: its own small browser under a virtual display, driven by its own WebDriver. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, Capabilities } from 'selenium-webdriver';
import { findWebkit, VIRTUAL_DISPLAY, WEBKIT_DRIVER } from '../setup/browsers.ts';
import { stop } from '../setup/processes.ts';
import type { Browser, LaunchOptions } from './browser.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string, milliseconds = 20_000): Promise<void> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {}
    if (performance.now() > end) throw new Error(`WebKitWebDriver did not answer on ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function openWebkit({ env = {} }: LaunchOptions = {}): Promise<Browser> {
  const binary = findWebkit();
  if (binary === undefined) {
    throw new Error('no WebKitGTK was found: apt-get install webkit2gtk-driver xvfb xauth');
  }
  const home = mkdtempSync(join(tmpdir(), 'diagflow-webkit-'));
  const port = await freePort();
  const child = spawn(VIRTUAL_DISPLAY, ['-a', WEBKIT_DRIVER, `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_COMPOSITING_MODE: '1', ...env },
  });
  const server = `http://127.0.0.1:${port}`;
  const end = async () => {
    await stop(child);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await answers(`${server}/status`);
    // Each session is a browser of its own, with storage of its own.
    const session = () =>
      new Builder()
        .usingServer(server)
        .withCapabilities(
          new Capabilities({
            browserName: 'MiniBrowser',
            'webkitgtk:browserOptions': { binary, args: ['--automation'] },
          }),
        )
        .build();
    const first = await session();
    const version = (await first.getCapabilities()).get('browserVersion');
    let spare: typeof first | null = first;
    return {
      version: `WebKitGTK ${version}`,
      async open() {
        const driver = spare ?? (await session());
        spare = null;
        return {
          goto: (url) => driver.get(url),
          async evaluate(expression) {
            const [value, error] = await driver.executeAsyncScript<[string, string | null]>(
              `const tell = arguments[arguments.length - 1];
              try {
                Promise.resolve(${expression}).then((value) => tell([JSON.stringify(value) ?? 'null', null]), (error) => tell(['', String(error)]));
              } catch (error) { tell(['', String(error)]); }`,
            );
            if (error !== null) throw new Error(error);
            return JSON.parse(value);
          },
          close: () => driver.quit(),
        };
      },
      async close() {
        await spare?.quit();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
