/** The GPU engine inside a worker of the page, where the lab runs it. */
import { expect, it } from 'vitest';
import { referencePaths, requestFor, varied } from '../gpu/twin.ts';

it('gives the paths of the f64 reference in a dedicated worker', async () => {
  const worker = new Worker(new URL('./gpu-worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise<{ values?: number[][][]; error?: string }>((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage('go');
  });
  worker.terminate();
  expect(answer.error).toBeUndefined();
  const request = requestFor(varied(300), [0, 0.2, 0.5], { replicas: { first: 0, count: 2 } });
  const reference = await referencePaths(request);
  expect(answer.values).toHaveLength(2);
  reference.values.forEach((rows, replica) => {
    rows.forEach(([risk], time) => {
      expect(Math.abs(answer.values![replica][time][0] / risk - 1)).toBeLessThanOrEqual(1e-6);
    });
  });
});
