/** Engines on the CPU. */
import type { EnsembleEngine } from '../statistics/stream.ts';
import { hasSimd } from './wasm/modules.ts';
import { createPoolEngine, type PoolOptions } from './workers/engine.ts';

export { controlledMeanField } from './reference/control-variate.ts';
export type { PoolOptions } from './workers/engine.ts';
export { WorkerCrashError, WorkerStartError } from './workers/pool.ts';

/**
 * The f64 TypeScript engine: SGD (plain and block bridge) and SDE (three schemes, two couplings), replicas spread over worker
 * threads; the same numbers bit for bit for any number of workers. Cost: about 20 ns a coordinate and step of SGD on one core.
 */
export function createReferenceEngine(options: PoolOptions = {}): EnsembleEngine {
  return createPoolEngine('reference', options);
}

export interface CpuOptions extends PoolOptions {
  /** Told, in one sentence, when this runtime cannot run the fast engine. Default: `console.warn`. */
  readonly notice?: (message: string) => void;
}

/**
 * The fast CPU engine: the same paths from WebAssembly kernels with 128-bit SIMD (docs/cpu.md), within 10⁻⁵ of the reference in risk
 * and the same bit for bit for any number of workers and, but for the SDE's mean-field coupling and Euler schemes, on any machine and
 * JavaScript engine, whatever its version. Cost: about 4 ns a coordinate and step of SGD on one core.
 * Without WebAssembly SIMD it is the reference engine, with a notice.
 */
export function createCpuEngine({ notice = console.warn, ...options }: CpuOptions = {}): EnsembleEngine {
  if (hasSimd()) return createPoolEngine('cpu', options);
  notice(
    'this runtime has no WebAssembly SIMD: the CPU engine runs on plain JavaScript in f64, about five times slower.',
  );
  return createReferenceEngine(options);
}
