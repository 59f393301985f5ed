/** Every kernel under a second WGSL compiler, Naga (wgpu, through Deno), and the known answers there. Fails where Deno or a driver is missing. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { catalogue } from '../../src/gpu/catalogue.ts';
import { normalAnswers, threefryAnswers } from '../random/known-answers.ts';

/** Mesa's software Vulkan driver, which wgpu accepts. */
const DRIVERS = ['/usr/share/vulkan/icd.d/lvp_icd.x86_64.json', '/usr/share/vulkan/icd.d/lvp_icd.json'];

interface Report {
  readonly adapter: string;
  readonly failures: readonly string[];
  readonly outputs: Readonly<Record<string, number[]>>;
}

const entries = catalogue(null);
let report: Report;

function runDeno(input: string): Promise<string> {
  const deno = join(dirname(createRequire(import.meta.url).resolve('deno/package.json')), 'bin.cjs');
  const env: NodeJS.ProcessEnv = { ...process.env, NODEVICE_SELECT: '1' };
  const hardware = existsSync('/dev/dri') || existsSync('/dev/nvidia0');
  const driver = DRIVERS.find((path) => existsSync(path));
  if (!hardware && driver !== undefined && process.env.DIAGFLOW_NAGA_DRIVER === undefined) env.VK_DRIVER_FILES = driver;
  if (process.env.DIAGFLOW_NAGA_DRIVER !== undefined) env.VK_DRIVER_FILES = process.env.DIAGFLOW_NAGA_DRIVER;
  const script = fileURLToPath(new URL('./check.mjs', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [deno, 'run', '--no-config', '--allow-all', script], { env });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(
            new Error(
              `Deno ended with status ${code}: ${err.trim()} (needs the package deno, and mesa-vulkan-drivers)`,
            ),
          ),
    );
    child.stdin.end(input);
  });
}

beforeAll(async () => {
  const { code } = entries.find(({ kernel }) => kernel === 'known-answers')!;
  const answers = [
    {
      code,
      entryPoint: 'threefry_words',
      items: threefryAnswers.length,
      inputs: threefryAnswers.flatMap(({ key, counter }) => [...key, ...counter]),
    },
    { code, entryPoint: 'normals', items: normalAnswers.length, inputs: normalAnswers.flatMap(({ words }) => words) },
  ];
  const shaders = entries.map(({ name, code: text, entryPoints }) => ({ name, code: text, entryPoints }));
  report = JSON.parse(await runDeno(JSON.stringify({ shaders, answers })));
}, 180_000);

it('compiles every kernel', () => {
  expect(entries.length).toBeGreaterThan(25);
  expect(report.failures).toEqual([]);
});

it('gives the published words of Threefry', () => {
  expect(report.outputs.threefry_words).toEqual(threefryAnswers.flatMap(({ words }) => words));
});

it('gives the normals within 2e-7 (1 + |z|)', () => {
  const z = new Float32Array(Uint32Array.from(report.outputs.normals).buffer);
  const expected = normalAnswers.flatMap(({ normals }) => normals);
  expect(z.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(z[i] - value)).toBeLessThanOrEqual(2e-7 * (1 + Math.abs(value)));
  });
});
