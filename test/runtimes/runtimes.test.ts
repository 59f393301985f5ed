/**
 * The command and the library in other JavaScript runtimes: on the cpu engine SGD and the interacting SDE to the same bits as here, on a GPU
 * to the accuracy of f32. A runtime that is missing is a failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExperimentText, runExperiment } from '../../src/index.ts';
import type { Curve, Result } from '../../src/results/index.ts';
import { CLI, temporaryFolder } from '../cli/command.ts';
import { adapterEnvironment } from '../setup/adapter.ts';
import { RUNTIMES, type RuntimeName, runtimePath } from '../setup/runtimes.ts';

const EXPERIMENT = JSON.stringify({
  problem: { dimension: 300, labelNoise: 0.1, covariance: { kind: 'power-law', exponent: 0.5 } },
  stepSize: { kind: 'cosine', initial: 0.6, final: 0.1 },
  horizon: 1,
  samples: 4,
  statistics: ['risk', { name: 'bent', expression: 'exp(-lambda) * sin(u) * abs(beta - b)^1.5' }],
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 3, timeStep: 0.1 },
    { kind: 'pde', tolerance: 1e-4 },
  ],
  seed: 5,
});

/** Mesa's software Vulkan driver, which Deno's WebGPU (wgpu) takes and Node's (Dawn) does not on Debian 12. */
const LAVAPIPE = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const HARDWARE = existsSync('/dev/dri') || existsSync('/dev/nvidia0');
const deno = join(dirname(createRequire(import.meta.url).resolve('deno/package.json')), 'bin.cjs');

interface Runtime {
  /** The program, and what comes before the script. */
  readonly command: readonly string[];
  /** As a result names it, with its version. */
  readonly named: RegExp;
  /** Environment in which it finds an adapter. */
  readonly env: NodeJS.ProcessEnv;
}

const ofPackage = (name: RuntimeName, named: RegExp): Runtime => {
  if (!existsSync(runtimePath(name))) throw new Error(`${RUNTIMES[name].package} is missing: npm test installs it`);
  return { command: [runtimePath(name)], named, env: adapterEnvironment() };
};

const all: Record<string, () => Runtime> = {
  'Node 22': () => ofPackage('Node 22', /^Node\.js 22\./),
  'Node 24': () => ofPackage('Node 24', /^Node\.js 24\./),
  'Bun 1.4': () => ofPackage('Bun 1.4', /^Bun 1\.4\./),
  'Deno 2': () => ({
    command: [process.execPath, deno, 'run', '--allow-all'],
    named: /^Deno 2\./,
    env: HARDWARE ? process.env : { ...process.env, VK_DRIVER_FILES: LAVAPIPE, NODEVICE_SELECT: '1' },
  }),
};

function run([program, ...before]: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(program, [...before, ...args], { env, cwd, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(EXPERIMENT);
  });
}

const isDrawn = ({ method }: Curve) => method !== 'pde';

function expectSameBits(found: Pick<Result, 'curves'>, expected: Result): void {
  expect(found.curves.filter(isDrawn)).toEqual(expected.curves.filter(isDrawn));
  expectClose(found, expected, 1e-9);
}

function expectClose(found: Pick<Result, 'curves'>, expected: Result, tolerance: number): void {
  expect(found.curves.map(({ mean }) => mean.length)).toEqual(expected.curves.map(({ mean }) => mean.length));
  const gaps = found.curves.flatMap(({ mean }, c) =>
    mean.map((value, k) => Math.abs(value! / expected.curves[c].mean[k]! - 1)),
  );
  expect(Math.max(...gaps)).toBeLessThanOrEqual(tolerance);
}

let here: Result;
const folder = temporaryFolder();
beforeAll(async () => {
  const events = runExperiment(parseExperimentText(EXPERIMENT), { backend: 'cpu' });
  let step = await events.next();
  while (!step.done) step = await events.next();
  here = step.value;
});
afterAll(() => folder.drop());

describe.each(Object.keys(all))('%s', (name) => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = all[name]();
  });
  const library = fileURLToPath(new URL('./library.mjs', import.meta.url));
  const entry = new URL('../../dist/index.js', import.meta.url).href;

  it('the command, on the cpu engine', async () => {
    const args = [CLI, 'run', '-', '--backend', 'cpu', '--out', name];
    const { status, stdout, stderr } = await run(runtime.command, args, process.env, folder.path);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/sgd\[0\].*pde\[2\]/);
    const result = JSON.parse(readFileSync(join(folder.path, name, 'result.json'), 'utf8')) as Result;
    expectSameBits(result, here);
    const { name: found, version } = result.provenance.runtime!;
    expect(`${found} ${version}`).toMatch(runtime.named);
  });

  it.each(['cpu', 'gpu'])('the library, on the %s engine, after a run that was stopped', async (backend) => {
    const { status, stdout, stderr } = await run(runtime.command, [library, entry, backend], runtime.env);
    expect(status, stderr).toBe(0);
    const result = JSON.parse(stdout) as Pick<Result, 'curves' | 'provenance'> & { interrupted: boolean };
    expect(result.interrupted).toBe(true);
    expect(result.provenance.backend).toBe(backend);
    if (backend === 'cpu') expectSameBits(result, here);
    else expectClose(result, here, 1e-5);
    // Deno's own WebGPU, and not the package that the others take.
    if (backend === 'gpu' && !HARDWARE) {
      expect(JSON.stringify(result.provenance.adapter)).toMatch(name === 'Deno 2' ? /llvmpipe/ : /SwiftShader/i);
    }
  });
});

it('Bun says what it must be told from outside', async () => {
  if (HARDWARE) return;
  const { command } = all['Bun 1.4']();
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('VK_')));
  const { status, stderr } = await run(command, [CLI, 'run', '-', '--backend', 'gpu'], env, folder.path);
  expect(status).toBe(2);
  expect(stderr.split('\n').find((line) => line.startsWith('diagflow:'))).toMatch(
    /no adapter: a software driver is installed, which Bun can only be told of from outside: VK_DRIVER_FILES=\S+ bun/,
  );
});

it('Deno without permissions says in one line which one is missing', async () => {
  const { status, stderr } = await run(
    [process.execPath, deno, 'run', '--no-prompt'],
    [CLI, 'run', 'file.json'],
    process.env,
    folder.path,
  );
  expect(status).toBe(2);
  expect(stderr).toMatch(/^diagflow: Deno does not allow it: Requires read access [^\n]*--allow-read[^\n]*\n$/);
});
