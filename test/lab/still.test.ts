/** What the eye sees of a run: nothing moves while it goes on, at any size; a million points do not stop the page; every view is saved. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();

/** Where the parts that must not move are. */
const places = (page: Page) =>
  page.evaluate(() =>
    ['.tabs', '.legend', '.canvas', '.plot-foot', '.status'].map((part) => {
      const { x, y, width, height } = document.querySelector(part)!.getBoundingClientRect();
      return [part, x, y, width, height].join(' ');
    }),
  );

describe('while a run goes on', () => {
  it.each([
    [1280, 720],
    [1920, 1080],
    [900, 700],
    [390, 844],
    [360, 640],
  ])('nothing moves and nothing sticks out at %i × %i', async (width, height) => {
    const methods = [{ kind: 'sgd', replicas: 4 }, ...SMALL.methods.slice(1)];
    const { page } = await lab.visit(linkTo({ ...SMALL, problem: { dimension: 512 }, horizon: 8, methods }), {
      viewport: { width, height },
    });
    await page.locator('.legend').waitFor();
    await page.evaluate(() => document.fonts.ready);
    const before = await places(page);
    await page.locator('.legend-item:not(.waiting)', { hasText: 'SGD' }).waitFor();
    const during = await places(page);
    await untilRun(page, 'finished');
    expect(during).toEqual(before);
    expect(await places(page)).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    // Plot and progress are seen without scrolling where there is room for them.
    const status = (await page.locator('.status').boundingBox())!;
    if (width > 1180) expect(status.y + status.height).toBeLessThan(height);
  });

  it('the page is drawn on beside a portrait of 2^20 coordinates on a software adapter', async () => {
    const dimension = 2 ** 20;
    const { page } = await lab.visit(
      linkTo(
        { ...LONG, problem: { dimension }, horizon: 1000 / dimension, methods: [{ kind: 'sgd', replicas: 1 }] },
        { backend: 'gpu', tab: 'portrait' },
      ),
    );
    const state = page.getByTestId('portrait-state');
    await state.filter({ hasText: /t = .* 1\s048\s576 coordinates/ }).waitFor({ timeout: 50_000 });
    const client = await page.context().newCDPSession(page);
    const trace: { name: string; pid: number; tid: number; tdur?: number; args?: { name?: string } }[] = [];
    client.on('Tracing.dataCollected', ({ value }) => void trace.push(...(value as unknown as typeof trace)));
    await client.send('Tracing.start', {
      traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'devtools.timeline'] },
      transferMode: 'ReportEvents',
    });
    const frames = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const end = performance.now() + 5000;
          let count = 0;
          const next = () => {
            count++;
            if (performance.now() < end) requestAnimationFrame(next);
            else resolve(count);
          };
          requestAnimationFrame(next);
        }),
    );
    const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
    await client.send('Tracing.end');
    await complete;
    await untilRun(page, 'running');
    // A page that is frozen draws none; one that is drawn every 50 ms draws 100.
    expect(frames).toBeGreaterThan(50);
    // Tasks of the page's own thread, in its processor time; the worker beside it may take longer.
    const thread = trace.find(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')!;
    const tasks = trace.filter(({ name, pid, tid }) => name === 'RunTask' && pid === thread.pid && tid === thread.tid);
    expect(tasks.length).toBeGreaterThan(frames);
    expect(Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000))).toBeLessThan(50);
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilRun(page, 'stopped early');
  });
});

it('every view is saved as CSV, SVG and PNG, with seed and version inside', async () => {
  const { page } = await lab.visit(
    linkTo(
      {
        ...SMALL,
        horizon: 1,
        statistics: ['risk', 'riskDrift', 'riskNoise'],
        methods: [
          { kind: 'sgd', replicas: 2 },
          { kind: 'pde', tolerance: 1e-3 },
        ],
      },
      { backend: 'gpu', tab: 'portrait' },
    ),
  );
  await untilRun(page, 'finished');
  for (const tab of ['Phase portrait', 'Curves', 'Drift and noise', 'Residual', 'Concentration', 'Density of β']) {
    await page.getByRole('tab', { name: tab }).click();
    if (tab === 'Phase portrait') await page.getByTestId('portrait-state').filter({ hasText: 'Contours' }).waitFor();
    for (const kind of ['CSV', 'SVG', 'PNG']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page
          .getByRole('button', { name: `Save this plot as ${kind}` })
          .first()
          .click(),
      ]);
      const bytes = readFileSync(await download.path());
      const text = bytes.toString();
      expect(download.suggestedFilename(), tab).toMatch(new RegExp(`seed=7\\.${kind.toLowerCase()}$`));
      if (kind === 'PNG') expect(text, tab).toMatch(/^.PNG.*iTXtComment.*"software":"diagflow [\d.]+.*"seed":7/s);
      else expect(text, tab).toMatch(/seed 7, diagflow \d/);
      if (kind === 'CSV') expect(text.trim().split('\n').length, tab).toBeGreaterThan(3);
      if (kind === 'SVG') expect(text, tab).not.toMatch(/NaN|undefined|Infinity/);
    }
    // And the table behind it has its numbers.
    const table = page.locator('details.behind').first();
    await table.locator('summary').click();
    await table.locator('tbody tr').first().waitFor();
  }
});
