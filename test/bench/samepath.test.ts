import { describe, expect, it } from 'vitest';
import { checkPath, type PathTask, samePath } from '../../bench/kit/samepath.ts';

/** SGD as written (docs/theory.md §1), step by step, with the features given: what a peer must do. */
function peer(
  { dimension: d, steps, gamma, features }: PathTask,
  wrong: 'nothing' | 'step' | 'sign' = 'nothing',
): number {
  const b: number[] = Array.from({ length: d }, (_, i) => (i % 2 === 0 ? 1 : 0));
  let u = b.map(() => 1);
  let v = b.map(() => 0);
  const scale = (wrong === 'step' ? 1.01 : 1) * gamma;
  for (let k = 0; k < steps; k++) {
    const x = features[k];
    const r = x.reduce((sum, xi, i) => sum + xi * (u[i] * v[i] - b[i]), 0) / Math.sqrt(d);
    const g = x.map((xi) => (scale / Math.sqrt(d)) * r * xi);
    [u, v] = [u.map((ui, i) => ui - g[i] * v[i]), v.map((vi, i) => vi - (wrong === 'sign' ? -1 : 1) * g[i] * u[i])];
  }
  return b.reduce((sum, bi, i) => sum + (u[i] * v[i] - bi) ** 2, 0) / (2 * d);
}

describe('the path that peers must take as we do', () => {
  it('is that of the definition, to rounding', async () => {
    // 40 steps of 16 products each: some 10⁻¹⁴ relative.
    await checkPath('definition', await samePath(), 1e-12, async (task) => peer(task));
  });

  it.each(['step', 'sign'] as const)('catches a program with a wrong %s', async (wrong) => {
    await expect(checkPath('peer', await samePath(), 1e-4, async (task) => peer(task, wrong))).rejects.toThrow(
      /^peer: with the same features its risk after \d+ steps differs .* no timing counts/,
    );
  });

  it('catches what is not a number', async () => {
    await expect(checkPath('peer', await samePath(), 1e-4, async () => Number.NaN)).rejects.toThrow(/no timing counts/);
  });
});
