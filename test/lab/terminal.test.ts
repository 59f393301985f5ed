/** The page and the command line: results go from one to the other, and a run of the page can be had in a terminal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readable } from '../../src/lab/plot/axis.ts';
import { type Curve, parseResultText } from '../../src/results/index.ts';
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
    await page.getByLabel('Result files to import').setInputFiles(file);
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

it('a run of the page is the same in a terminal, by the command that is copied', async () => {
  const own = { ...SMALL, statistics: ['risk', { name: 'fourth', expression: 'lambda * (beta - b)^4 + 0 * u' }] };
  {
    const link = linkTo(own, { backend: 'cpu' });
    const { page } = await lab.visit(link, { permissions: ['clipboard-read', 'clipboard-write'] });
    await untilRun(page, 'finished');
    await page.getByRole('button', { name: 'Copy as a command line' }).click();
    await page.getByText('Command line copied').first().waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
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
    // The CPU engine gives the same numbers everywhere, bit for bit, where the problem itself takes no cosine or logarithm to make.
    const isDrawn = ({ method }: Curve) => method === 'sgd' || method === 'sde';
    expect(there.curves.filter(isDrawn)).toEqual(here.curves.filter(isDrawn));
    // Node and Chromium round exp and its like differently in the last digit: the rest agrees to that, over all steps.
    there.curves.forEach(({ mean, method, statistic }, c) => {
      expect([here.curves[c].method, here.curves[c].statistic]).toEqual([method, statistic]);
      mean.forEach((x, k) => {
        expect(Math.abs(x! - here.curves[c].mean[k]!)).toBeLessThanOrEqual(1e-9 * Math.abs(x!));
      });
    });
  }
});
