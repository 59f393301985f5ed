/** A replica by the kernel that takes two steps a pass, at any dimension */
import { Batch } from '../../src/gpu/batch.ts';
import { runChunks } from '../../src/gpu/chunks.ts';
import { Observer } from '../../src/gpu/observer.ts';
import { programOf } from '../../src/gpu/program.ts';
import { sStepSgd } from '../../src/gpu/sgd-steppers.ts';
import { startOf } from '../../src/gpu/start.ts';
import { bridgeBlocks } from '../../src/problem/index.ts';
import type { EnsembleRequest } from '../../src/statistics/index.ts';
import { testDevice } from './device.ts';

/** [time][statistic] of replica 0. */
export async function sStepPaths(request: EnsembleRequest): Promise<number[][]> {
  const device = await testDevice();
  const start = startOf(request.problem);
  const scratch = { sums: 2 * 16 * bridgeBlocks(request.problem.dimension).count, slice: 0, planes: 2 };
  const [stepper, observer] = await Promise.all([
    sStepSgd(device, request, scratch, {}),
    Observer.of(device, request, start),
  ]);
  const batch = await Batch.of(device, request, start, programOf(request), stepper, observer, 0, 1);
  const rows: number[][] = [];
  try {
    for await (const event of runChunks(batch, request.times, { targetMilliseconds: 25 })) {
      if (event.type === 'samples') rows[event.timeIndex] = [...event.values];
      if (event.type === 'failure') throw new Error(event.message);
    }
  } finally {
    batch.dispose();
  }
  return rows;
}
