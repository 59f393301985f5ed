/** Where WebGPU comes from: `navigator.gpu` in browsers, workers and Deno; the optional package `webgpu` (Dawn) in Node. */
import { chooseSoftwareDriver } from './drivers.ts';
import { GpuUnavailableError } from './errors.ts';

/** By variable, so that no bundler looks for it. */
const DAWN_PACKAGE = 'webgpu';

let dawn: Promise<GPU> | undefined;

/**
 * The GPU interface of this environment; in Node the package is loaded on the first call and kept for the life of the process
 * (Dawn aborts if its instance is collected while a device lives).
 * @throws GpuUnavailableError where there is none.
 */
export async function gpuInterface(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && navigator.gpu) return navigator.gpu;
  if ('Deno' in globalThis) {
    throw new GpuUnavailableError('this Deno offers no WebGPU; use Deno 2 with --unstable-webgpu, or the CPU engines');
  }
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new GpuUnavailableError(missingInBrowser());
  }
  dawn ??= loadDawn();
  return dawn;
}

/** What a page lacks for WebGPU. */
function missingInBrowser(): string {
  if (globalThis.isSecureContext === false) {
    return 'WebGPU is for secure pages only, and this one came over plain http from elsewhere; open it over https, or from localhost, or use the CPU engines';
  }
  const agent = globalThis.navigator?.userAgent ?? '';
  const isMobile = /Android|iPhone|iPad|Mobile/.test(agent);
  const advice = /Firefox\/\d/.test(agent)
    ? 'this Firefox has WebGPU switched off for this system (dom.webgpu.enabled in about:config switches it on where it exists)'
    : /Chrome\/\d/.test(agent)
      ? 'this browser has WebGPU switched off for this system or graphics driver (chrome://gpu says why)'
      : 'this browser has no WebGPU, or has it switched off';
  const other = isMobile ? 'Chrome on Android 12 or Safari 26' : 'Chrome or Edge, or Safari 26';
  return `${advice}; use ${other}, or the CPU engines`;
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
