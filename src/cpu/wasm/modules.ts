/** The compiled kernels: from base64 text to WebAssembly modules and instances, and whether this engine can run them. */
import { functions } from '../../expression/language.ts';

/** A function of one vector instruction: () → v128 by i8x16.splat(0), then dropped. Validates only where 128-bit SIMD exists. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether WebAssembly with 128-bit SIMD is available here. */
export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_PROBE);
}

/** Whether several workers can share memory here: in a page, only if it is cross-origin isolated. */
export function hasSharedMemory(): boolean {
  return typeof SharedArrayBuffer === 'function' && (globalThis.crossOriginIsolated ?? true);
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Functions of the expression language by name: what a module of ./emit calls besides its own. */
function languageOf(module: WebAssembly.Module): Record<string, (x: number, y: number) => number> {
  const names = WebAssembly.Module.imports(module).flatMap(({ module, name }) =>
    module === 'functions' ? [name] : [],
  );
  return Object.fromEntries(names.map((name) => [name, functions.get(name)!.evaluate]));
}

/**
 * Compiles a kernel given as base64, once a process or worker, and instantiates it over `memory`; `slots`: the module of the functions that it leaves
 * open (./emit/slots.ts).
 */
export async function instantiate<Exports>(
  base64: string,
  memory: WebAssembly.Memory,
  slots?: Uint8Array<ArrayBuffer>,
): Promise<Exports> {
  let module = compiled.get(base64);
  if (!module) {
    module = WebAssembly.compile(decode(base64));
    compiled.set(base64, module);
  }
  const words = new Int32Array(memory.buffer);
  const sleep = (place: number, value: number) => void Atomics.wait(words, place >>> 2, value);
  const env = { memory, sleep };
  const imports: WebAssembly.Imports = { env };
  if (slots !== undefined) {
    const own = await WebAssembly.compile(slots);
    const filled = await WebAssembly.instantiate(own, { env, functions: languageOf(own) });
    imports.slots = filled.exports as WebAssembly.ModuleImports;
  }
  const instance = await WebAssembly.instantiate(await module, imports);
  return instance.exports as Exports;
}
