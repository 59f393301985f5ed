/** Finds out, by asking for one, whether a WebGPU adapter answers in Node and in Chromium. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { findChromium, launchOptions } from './chromium.ts';

/** Environment in which Node's WebGPU finds Chromium's software driver; unchanged where a GPU or another driver was chosen. */
export function adapterEnvironment(): NodeJS.ProcessEnv {
  const chosen = existsSync('/dev/dri') || Object.keys(process.env).some((name) => name.startsWith('VK_'));
  if (chosen) return process.env;
  const folders = ['/usr/lib/chromium', dirname(findChromium() ?? '/nowhere/chromium')];
  const driver = folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((path) => existsSync(path));
  return driver === undefined ? process.env : { ...process.env, VK_DRIVER_FILES: driver };
}

/** In a process of its own: a driver that crashes must not take the caller with it. */
const ASK_NODE = `
const { create, globals } = await import('webgpu');
Object.assign(globalThis, globals);
globalThis.keep = create([]);
const adapter = await globalThis.keep.requestAdapter();
if (adapter === null) throw new Error('no adapter: no Vulkan driver was found');
const device = await adapter.requestDevice();
console.log([adapter.info.vendor, adapter.info.device, adapter.info.description].filter(Boolean).join(', '));
device.destroy();
process.exit(0);
`;

/** Name of the adapter that Node's WebGPU gives. Throws what went wrong. */
export async function askNode(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', ASK_NODE], {
    env: adapterEnvironment(),
    timeout: 60_000,
  });
  return stdout.trim();
}

/** Name of the adapter that a page in Chromium gets. Throws what went wrong. */
export async function askChromium(): Promise<string> {
  const browser = await chromium.launch(launchOptions());
  try {
    const page = await browser.newPage();
    // WebGPU exists in secure contexts only: any https page will do, so serve an empty one from here.
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto('https://diagflow.test/');
    return await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      if (!adapter) throw new Error('the page got no WebGPU adapter');
      return [adapter.info.vendor, adapter.info.architecture, adapter.info.description].filter(Boolean).join(', ');
    });
  } finally {
    await browser.close();
  }
}
