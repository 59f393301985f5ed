/** What this browser offers to compute on. */
import { hasSimd } from '../../cpu/wasm/modules.ts';
import type { Surroundings } from './protocol.ts';

export async function lookAround(): Promise<Surroundings> {
  const threads = navigator.hardwareConcurrency ?? 1;
  const simd = hasSimd();
  try {
    const { adapterName, listAdapters } = await import('../../gpu/index.ts');
    const listed = await listAdapters();
    const adapters = listed
      .map(({ info }) => ({ name: adapterName(info), software: info.software }))
      .sort((a, b) => Number(a.software) - Number(b.software));
    const reason = adapters.length > 0 ? '' : 'this browser has WebGPU but found no adapter';
    return { adapters, reason, threads, simd };
  } catch (error) {
    return { adapters: [], reason: error instanceof Error ? error.message : String(error), threads, simd };
  }
}
