/** `diagflow run --backend gpu`: the same paths as the reference, from file to result, and a process that ends by itself. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagflow, start, temporaryFolder } from './command.ts';

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

it('goes on where the device is lost, tells it, and gives the same file', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  try {
    const preload = new URL('./lost-device.mjs', import.meta.url).href;
    const command = (out: string, options: string) => {
      const env = { ...process.env, NODE_OPTIONS: options };
      const args = ['run', '-', '--backend', 'gpu', '--out', out];
      return start(args, folder.path, JSON.stringify(experiment), { env }).done;
    };
    const lost = await command('lost', `--import ${preload}`);
    expect(lost.status, lost.stderr).toBe(0);
    // Which method is running then depends on how fast the device is.
    expect(lost.stderr).toMatch(/(sgd\[0\]|sde\[1\]): the GPU device was lost .*replicas 0 to 2 start again/);
    expect((await command('unbroken', '')).status).toBe(0);
    const [one, two] = ['lost', 'unbroken'].map((out) => readFileSync(join(folder.path, out, 'curves.csv'), 'utf8'));
    expect(one).toBe(two);
  } finally {
    folder.drop();
  }
});

it.each([
  ['in a run that makes checkpoints', 0],
  ['in a run that is gone on with', 1],
])('where the device is lost %s, nothing is lost with it', { timeout: 300_000 }, async (_, kills) => {
  const folder = temporaryFolder();
  try {
    const preload = new URL('./lost-device.mjs', import.meta.url).href;
    const lossy = { ...process.env, NODE_OPTIONS: `--import ${preload}` };
    const first = ['run', '-', '--backend', 'gpu', '--out', 'lost', '--checkpoint-every', '1ms'];
    if (kills > 0) {
      const running = start(first, folder.path, JSON.stringify(experiment));
      // Its first checkpoint is that of a run in which nothing has been computed.
      const kept = join(folder.path, 'lost', 'checkpoint.diagflow');
      const size = () => (existsSync(kept) ? statSync(kept).size : 0);
      let before = 0;
      while (before === 0 || size() === before) {
        before ||= size();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      running.process.kill('SIGKILL');
      expect((await running.done).status).toBeNull();
    }
    const [args, input] = kills > 0 ? [['run', '--resume', 'lost'], ''] : [first, JSON.stringify(experiment)];
    const lost = await start(args, folder.path, input, { env: lossy }).done;
    expect(lost.status, lost.stderr).toBe(0);
    expect(lost.stderr).toContain('the GPU device was lost');
    expect(readdirSync(join(folder.path, 'lost')).sort()).toEqual(['curves.csv', 'plot.svg', 'result.json']);
    const unbroken = ['run', '-', '--backend', 'gpu', '--out', 'unbroken', '--quiet'];
    expect((await diagflow(unbroken, folder.path, JSON.stringify(experiment))).status).toBe(0);
    const [one, two] = ['lost', 'unbroken'].map((out) => readFileSync(join(folder.path, out, 'curves.csv'), 'utf8'));
    expect(one).toBe(two);
  } finally {
    folder.drop();
  }
});
