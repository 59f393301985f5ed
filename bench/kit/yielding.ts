import { setPriority } from 'node:os';
import type { GpuEngine } from '../../src/gpu/index.ts';

/** Runs `work` with lower priority on a software adapter: the binding waits in a busy loop on this thread, and the driver needs the cores. */
export async function yielding<T>(engine: GpuEngine, work: () => Promise<T>): Promise<T> {
  if (!engine.adapter.software) return work();
  setPriority(process.pid, 10);
  try {
    return await work();
  } finally {
    try {
      setPriority(process.pid, 0);
    } catch {
      // only root may raise it again; later sections then run at the lower one, like the programs beside them
    }
  }
}
