/** Every kernel under a second WGSL compiler, Naga (wgpu, through Deno), and the known answers there. Fails where Deno or a driver is missing. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { catalogue } from '../../src/gpu/catalogue.ts';
import { featureAnswers, normalAnswers, threefryAnswers } from '../random/known-answers.ts';

/** Mesa's software Vulkan driver, which wgpu accepts. */
const DRIVERS = ['/usr/share/vulkan/icd.d/lvp_icd.x86_64.json', '/usr/share/vulkan/icd.d/lvp_icd.json'];

interface Report {
  readonly adapter: string;
  readonly failures: readonly string[];
  readonly outputs: Readonly<Record<string, number[]>>;
}

const entries = catalogue(null);
const SHADERS = fileURLToPath(new URL('../../shaders/', import.meta.url));
const portrait = readFileSync(join(SHADERS, 'portrait.wgsl'), 'utf8');
/** Published answers for the law that the catalogue's known answers have. */
const students = featureAnswers.filter(({ degrees }) => degrees === 5);
const exponents = Float32Array.from({ length: 256 }, (_, i) => (i % 2 ? -1 : 1) * 10 ** (-30 + (31.9 * i) / 256));
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
    {
      code,
      entryPoint: 'student',
      items: students.length,
      inputs: students.flatMap(({ word, auxiliary }) => [...Array(4).fill(word), ...Array(4).fill(auxiliary)]),
    },
    {
      code,
      entryPoint: 'expm1_probe',
      items: exponents.length / 4,
      inputs: [...new Uint32Array(exponents.buffer)],
    },
  ];
  const formats = ['float32x3', 'float32x3', 'float32x4', 'float32'];
  const attributes = formats.map((format, k) => ({ shaderLocation: k, offset: [0, 12, 24, 40][k], format }));
  const line = [{ arrayStride: 44, stepMode: 'instance', attributes }];
  const stages = [
    { vertex: 'point', fragment: 'paint', topology: 'triangle-strip', buffers: [] },
    { vertex: 'dot', fragment: 'paint', topology: 'point-list', buffers: [] },
    { vertex: 'line', fragment: 'paint', topology: 'triangle-strip', buffers: line },
  ];
  const drawn = [{ name: 'portrait', code: portrait, stages }];
  const shaders = entries.map(({ name, code: text, entryPoints }) => ({ name, code: text, entryPoints }));
  report = JSON.parse(await runDeno(JSON.stringify({ shaders, drawn, answers })));
}, 180_000);

it('compiles every kernel', () => {
  expect(entries.length).toBeGreaterThan(25);
  expect(report.failures).toEqual([]);
});

it('leaves out no shader, and no entry point', () => {
  const files = readdirSync(SHADERS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.wgsl'));
  expect(files.length).toBeGreaterThan(20);
  const all = [portrait, ...entries.map((entry) => entry.code)];
  for (const file of files) {
    // Subgroups are the one thing that Naga does not compile (docs/gpu.md).
    if (file.endsWith('reduce-subgroup.wgsl')) continue;
    const source = readFileSync(join(SHADERS, file), 'utf8');
    // Without the markers that expressions fill.
    const texts = source.split(/\/\/! [a-z ]+$/m);
    const holds = (code: string) => texts.every((text) => code.includes(text));
    expect(all.some(holds), file).toBe(true);
    for (const [, entry] of source.matchAll(/@compute[^{]*?fn (\w+)/g)) {
      expect(
        entries.some(({ code, entryPoints }) => holds(code) && entryPoints.includes(entry)),
        entry,
      ).toBe(true);
    }
  }
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

it("gives Student's t and expm1 as the f64 functions do", () => {
  const x = new Float32Array(Uint32Array.from(report.outputs.student).buffer);
  expect(x.length).toBeGreaterThan(0);
  students.forEach(({ student }, i) => {
    for (const value of x.subarray(4 * i, 4 * i + 4))
      expect(Math.abs(value - student)).toBeLessThanOrEqual(2e-6 * Math.abs(student) + 2e-7);
  });
  const y = new Float32Array(Uint32Array.from(report.outputs.expm1_probe).buffer);
  exponents.forEach((argument, i) => {
    const expected = Math.expm1(argument);
    expect(Math.abs(y[i] - expected)).toBeLessThanOrEqual((3e-7 + 1.2e-7 * Math.abs(argument)) * Math.abs(expected));
  });
});
