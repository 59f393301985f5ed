/** Who stops reading a run, without a word to it, may end; who goes on reading gets all of it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const gaussian = {
  covariance: { kind: 'marchenko-pastur', ratio: 1 },
  target: { kind: 'gaussian' },
  initialization: { kind: 'gaussian' },
};

/** Runs that take some minutes, and more than these tests wait. */
const long = (dimension: number, method: object, rest: object = {}) => ({
  problem: { dimension, ...gaussian },
  horizon: 1000,
  samples: 10_000,
  methods: [method],
  ...rest,
});
const pde = { kind: 'pde', tolerance: 1e-10 };
const sgd = { kind: 'sgd', replicas: 256 };
const meanField = { kind: 'sde', coupling: 'mean-field', replicas: 64 };

async function script(what: 'abandon' | 'pause', backend: string, experiment: object, options: object = {}) {
  const file = fileURLToPath(new URL('./left.mjs', import.meta.url));
  const args = [file, what, backend, JSON.stringify(experiment), JSON.stringify({ workers: 2, ...options })];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 });
  return stdout.trim();
}

describe('Node ends although a run was left in the middle', { timeout: 120_000 }, () => {
  test.each([
    ['a PDE', 'cpu', long(1000, pde), {}],
    ['gradient flow', 'cpu', long(1_000_000, { kind: 'flow' }), {}],
    ['SGD', 'reference', long(2000, sgd), {}],
    ['SGD', 'cpu', long(2000, sgd), {}],
    ['SGD', 'gpu', long(2000, sgd), {}],
    ['SGD on the calling thread', 'cpu', long(2000, sgd), { workers: 0 }],
    ['a mean-field SDE', 'reference', long(2000, meanField), {}],
    ['a mean-field SDE', 'cpu', long(2000, meanField), {}],
    ['a mean-field SDE', 'gpu', long(2000, meanField), {}],
    ['SGD beside a PDE', 'cpu', long(2000, pde, { methods: [sgd, pde] }), { limitsBeside: true }],
  ])('%s (%s)', async (_, backend, experiment, options) => {
    expect(await script('abandon', backend, experiment, options)).toBe('3 events');
  });
});

test('a PDE and flow that are read again after a pause come to their end', { timeout: 120_000 }, async () => {
  const experiment = {
    problem: { dimension: 20_000, covariance: gaussian.covariance },
    horizon: 2,
    methods: [{ kind: 'pde', tolerance: 1e-6 }, { kind: 'flow' }],
  };
  expect(await script('pause', 'cpu', experiment)).toBe('whole');
});
