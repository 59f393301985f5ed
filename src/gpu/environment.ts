/** Where WebGPU comes from: `navigator.gpu` in browsers, workers and Deno; the optional package `webgpu` (Dawn) in Node. */
import { GpuUnavailableError } from './errors.ts';

/** By variable, so that no bundler looks for it. */
const DAWN_PACKAGE = 'webgpu';

let dawn: Promise<GPU> | undefined;

/** Folders in which Debian's and Playwright's Chromium keep SwiftShader, a software Vulkan driver that Dawn accepts. */
const SOFTWARE_DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/**
 * The GPU interface of this environment; in Node the package is loaded on the first call and kept for the life of the process
 * (Dawn aborts if its instance is collected while a device lives).
 * @throws GpuUnavailableError where there is none.
 */
export async function gpuInterface(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && navigator.gpu) return navigator.gpu;
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new GpuUnavailableError(
      'this browser offers no WebGPU (navigator.gpu is missing); use a current Chrome, Edge, Safari or Firefox over https or localhost, or the CPU engines',
    );
  }
  dawn ??= loadDawn();
  return dawn;
}

async function loadDawn(): Promise<GPU> {
  let module: { create(options: string[]): GPU; globals: object };
  try {
    module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ DAWN_PACKAGE)) as typeof module;
  } catch (error) {
    throw new GpuUnavailableError(
      `the optional package "webgpu" cannot be loaded here (${(error as Error).message.split('\n')[0]}); run \`npm install webgpu@0.6.2\`, or use the CPU engines`,
    );
  }
  chooseSoftwareDriver();
  const missing = Object.entries(module.globals).filter(([name]) => !(name in globalThis));
  Object.assign(globalThis, Object.fromEntries(missing));
  // Without quantization timestamps are true nanoseconds.
  return module.create(['disable-dawn-features=timestamp_quantization']);
}

/** Points the Vulkan loader at SwiftShader where there is no GPU and nobody chose a driver. */
function chooseSoftwareDriver(): void {
  if (process.platform !== 'linux' || Object.keys(process.env).some((name) => name.startsWith('VK_'))) return;
  const { existsSync } = process.getBuiltinModule('node:fs');
  if (existsSync('/dev/dri') || existsSync('/dev/nvidia0')) return;
  const driver = SOFTWARE_DRIVERS.find((path) => existsSync(path));
  if (driver === undefined) return;
  process.env.VK_DRIVER_FILES = driver;
  // Silences mesa's device-selection layer, where that is installed: it complains of a missing display.
  process.env.NODEVICE_SELECT ??= '1';
}
