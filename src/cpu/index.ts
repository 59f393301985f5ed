/** Engines on the CPU. */
import type { EnsembleEngine } from '../statistics/stream.ts';
import { createPoolEngine, type PoolOptions } from './workers/engine.ts';

export type { PoolOptions } from './workers/engine.ts';
export { WorkerCrashError } from './workers/pool.ts';

/**
 * The f64 TypeScript engine: SGD (plain and block bridge) and SDE (three schemes, two couplings), replicas spread over worker
 * threads; the same numbers bit for bit for any number of workers. Cost: about 20 ns a coordinate and step of SGD on one core.
 */
export function createReferenceEngine(options: PoolOptions = {}): EnsembleEngine {
  return createPoolEngine('reference', options);
}
