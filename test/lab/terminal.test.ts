/** The page and the command line: results go from one to the other, and a run of the page can be had in a terminal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { statisticNamesOf } from '../../src/problem/index.ts';
import { type Curve, parseResultText } from '../../src/results/index.ts';
import { readable } from '../../src/results/plot/axis.ts';
import { linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** A project that has diagflow installed. */
const project = mkdtempSync(join(tmpdir(), 'diagflow-lab-'));
mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
symlinkSync(CLI, join(project, 'node_modules/.bin/diagflow'));
afterAll(() => rmSync(project, { recursive: true }));

it('a result.json of the command line is read, with its numbers, its settings and its failures', async () => {
  const blowUp = {
    problem: { dimension: 64, initialization: { kind: 'constant', u: 2, v: 0 } },
    stepSize: 1,
    horizon: 1,
    methods: [
      { kind: 'sgd', replicas: 4 },
      { kind: 'pde', tolerance: 1e-4 },
    ],
    seed: 2,
  };
  const { page } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  for (const [name, experiment] of Object.entries({ small: { ...SMALL, seed: 11 }, blow: blowUp })) {
    try {
      execFileSync(process.execPath, [CLI, 'run', '-', '--out', name, '--backend', 'cpu', '--quiet'], {
        cwd: project,
        input: JSON.stringify(experiment),
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    } catch (error) {
      // 3: a method failed, as it must; the others' results are written.
      expect([name, (error as { status: number }).status]).toEqual(['blow', 3]);
    }
    const file = join(project, name, 'result.json');
    const result = parseResultText(readFileSync(file, 'utf8'));
    await page.getByLabel('Results or experiments to open').setInputFiles(file);
    await page
      .getByTestId('import-message')
      .filter({ hasText: `${result.curves.length} curves read` })
      .waitFor();
    await untilRun(page, 'from a file');
    const rows = await tableOf(page);
    const heads = await page.locator('.behind thead th').allTextContents();
    for (const { method, statistic, times, mean } of result.curves) {
      if (statistic !== 'risk') continue;
      const column = heads.findIndex((head) =>
        head.startsWith(method === 'flow' ? 'gradient flow' : method.toUpperCase()),
      );
      const shown = new Map(rows.map((row) => [row[0], row[column]]));
      for (const k of [1, Math.floor(times.length / 2), times.length - 1])
        expect(shown.get(readable(times[k]!)) ?? '–', `${name} ${method} ${k}`).toBe(readable(mean[k] ?? Number.NaN));
    }
    expect(JSON.parse(await page.locator('textarea.code').inputValue())).toEqual(result.experiment);
    expect((await page.locator('.notice.wrong').count()) > 0).toBe(result.events.length > 0);
  }
});

/** A run of the page, and the same by the command that it copies: both results. */
async function inBoth(experiment: unknown) {
  const { page } = await lab.visit(linkTo(experiment, { backend: 'cpu' }), {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await untilRun(page, 'finished');
  await page.getByRole('button', { name: 'Copy as a command line' }).click();
  await page.getByText('Command line copied').first().waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  // The form for PowerShell gives the same file, in ASCII, to the same command (there is no PowerShell here to run it).
  await page.getByRole('button', { name: '… for PowerShell' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^@'\n/);
  const [, json, rest] = /^@'\n(.*)\n'@ \| (npx .*)\n$/s.exec(
    await page.evaluate(() => navigator.clipboard.readText()),
  )!;
  expect(JSON.parse(json)).toEqual(JSON.parse(/<<'EOF'\n(.*)\nEOF/s.exec(command)![1]));
  expect(json).toMatch(/^[\n\x20-\x7e]*$/);
  expect(command.startsWith(rest)).toBe(true);
  const said = execFileSync('bash', ['-c', command], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
  expect(said).toContain('sgd[0]');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Save result.json/ }).click(),
  ]);
  const here = parseResultText(readFileSync(await download.path(), 'utf8'));
  const there = parseResultText(readFileSync(join(project, 'results/lab/result.json'), 'utf8'));
  expect(there.experiment).toEqual(here.experiment);
  expect(there.events).toEqual(here.events);
  return { here, there };
}

it('a run of the page is the same in a terminal, by the command that is copied', async () => {
  const own = { ...SMALL, statistics: ['risk', { name: 'fourth', expression: 'lambda * (beta - b)^4 + 0 * u' }] };
  const { here, there } = await inBoth(own);
  const isDrawn = ({ method }: Curve) => method === 'sgd' || method === 'sde';
  expect(there.curves.filter(isDrawn)).toEqual(here.curves.filter(isDrawn));
  // The PDE and gradient flow take exp and its like of the engine, which Node and Chromium round differently in the last digit.
  there.curves.forEach(({ mean, method, statistic }, c) => {
    expect([here.curves[c].method, here.curves[c].statistic]).toEqual([method, statistic]);
    mean.forEach((x, k) => {
      expect(Math.abs(x! - here.curves[c].mean[k]!)).toBeLessThanOrEqual(1e-9 * Math.abs(x!));
    });
  });
});

/** Everything that takes an elementary function to make: spectra, Gaussian laws, schedules, heavy tails, s, expressions. */
const SGD = { kind: 'sgd', replicas: 6 };
const DRAWN = {
  horizon: 2,
  samples: 20,
  statistics: [
    ...statisticNamesOf(undefined),
    { name: 'roots', expression: 'cbrt(abs(beta) + 1) * exp(-u) + log1p(v^2) + abs(b)^1.7 + tanh(lambda)' },
    { name: 'waves', expression: 'sin(u) * cos(v) + tan(0.1 * b) + atan(beta) + asinh(u) + log10(1 + lambda) + 3^0.3' },
    {
      name: 'others',
      expression:
        'acos(tanh(u)) + asin(tanh(v)) + sinh(0.1 * b) + cosh(u) + acosh(1 + u^2) + atanh(tanh(v) / 2) + log(lambda) + log2(1 + u^2) + expm1(-lambda)',
    },
  ],
  methods: [SGD, { kind: 'sde', replicas: 6, timeStep: 0.02 }],
  // Not of rates and convergence: the prediction they are compared with is the PDE's.
  estimates: [
    { kind: 'blow-up', interval: 'clopper-pearson' },
    { kind: 'tail', statistic: 'risk', above: 0.2 },
    { kind: 'histogram', statistic: 'risk', scale: 'log' },
    { kind: 'covariance', statistics: ['risk', 'curvature'] },
  ],
  seed: 7,
};
const GAUSSIAN = { target: { kind: 'gaussian', scale: 0.7 }, initialization: { kind: 'gaussian', scale: 0.6 } };

it.each([
  {
    name: 'Marchenko–Pastur, cosine, product',
    problem: { dimension: 600, covariance: { kind: 'marchenko-pastur', ratio: 0.4 }, ...GAUSSIAN },
    stepSize: { kind: 'cosine', initial: 0.5, final: 0.05 },
  },
  {
    name: 'Marchenko–Pastur of a small ratio, power, difference, mini-batches',
    problem: {
      dimension: 600,
      covariance: { kind: 'marchenko-pastur', ratio: 0.005 },
      ...GAUSSIAN,
      parametrization: 'difference',
      batchSize: 3,
      labelNoise: 0.3,
    },
    stepSize: { kind: 'power', initial: 0.3, exponent: 0.6, time: 0.7 },
  },
  {
    name: 'power law, cosine, product, heavy tails',
    problem: {
      dimension: 513,
      covariance: { kind: 'power-law', exponent: 0.9 },
      ...GAUSSIAN,
      features: { kind: 'student-t', degrees: 5 },
    },
    stepSize: { kind: 'cosine', initial: 0.4, final: 0.01 },
  },
  {
    name: 'power law, power, product, two steps a pass',
    problem: {
      dimension: 9000,
      covariance: { kind: 'power-law', exponent: -0.4 },
      target: GAUSSIAN.target,
      initialization: { kind: 'constant', u: 0.8, v: 0.3 },
    },
    stepSize: { kind: 'power', initial: 0.3, exponent: 1, time: 0.5 },
    horizon: 0.02,
    samples: 8,
    methods: [SGD, { kind: 'sde', replicas: 6, timeStep: 0.002 }],
  },
])('paths are the same bit for bit in the page and in a terminal: $name', async ({ name: _, ...own }) => {
  const { here, there } = await inBoth({ ...DRAWN, ...own });
  expect(here.curves.length).toBe(2 * DRAWN.statistics.length);
  for (const { statistic, mean, failed } of here.curves) {
    expect(failed).toBe(0);
    expect(
      mean.every((x) => x !== null),
      statistic,
    ).toBe(true);
  }
  expect(there.curves).toEqual(here.curves);
  expect(here.estimates?.length).toBe(2 * DRAWN.estimates.length);
  expect(there.estimates).toEqual(here.estimates);
});
