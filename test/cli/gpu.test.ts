/** `diagflow run --backend gpu`: the same paths as the reference, from file to result, and a process that ends by itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagflow, temporaryFolder } from './command.ts';

const experiment = {
  problem: { dimension: 300, labelNoise: 0.1 },
  horizon: 1,
  samples: 4,
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 3, timeStep: 0.1 },
  ],
  seed: 5,
};

it('agrees with --backend reference', async () => {
  const folder = temporaryFolder();
  try {
    const run = async (backend: string) => {
      const args = ['run', '-', '--backend', backend, '--out', backend, '--quiet'];
      const { status, stderr } = await diagflow(args, folder.path, JSON.stringify(experiment));
      expect(status, stderr).toBe(0);
      return JSON.parse(readFileSync(join(folder.path, backend, 'result.json'), 'utf8'));
    };
    const [gpu, reference] = [await run('gpu'), await run('reference')];
    expect(gpu.provenance.backend).toBe('gpu');
    expect(gpu.provenance.adapter.vendor).not.toBe('');
    expect(gpu.curves).toHaveLength(reference.curves.length);
    gpu.curves.forEach((curve: { mean: number[]; failed: number }, k: number) => {
      expect(curve.failed).toBe(0);
      curve.mean.forEach((mean, i) => {
        expect(Math.abs(mean / reference.curves[k].mean[i] - 1)).toBeLessThanOrEqual(1e-5);
      });
    });
  } finally {
    folder.drop();
  }
});
