/** Ten runs in one picture: names and colours from what differs, a legend that stays small, a table, all statistics at once. */
import AxeBuilder from '@axe-core/playwright';
import { expect, it } from 'vitest';
import type { Result } from '../../src/results/index.ts';
import { THEMES, viridis } from '../../src/results/plot/palette.ts';
import { makeResult } from '../results/fixture.ts';
import { linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();

const STEPS = Array.from({ length: 10 }, (_, k) => Number((0.1 * 1.4 ** k).toPrecision(2)));

/** A made-up result of a step size: its curves fall faster with it. */
function resultOf(stepSize: number): Result {
  const made = makeResult({
    samples: 20,
    limit: (k, t) => (k === 0 ? 0.25 : 1.5) * Math.exp(-stepSize * t),
    methods: [{ kind: 'sgd', replicas: 4 }, { kind: 'pde' }],
  });
  return { ...made, experiment: { ...made.experiment, stepSize } };
}

it('ten runs are told apart by one scale of colours, in a legend of twelve entries and a table of ten rows', async () => {
  const { page } = await lab.visit(linkTo({ ...SMALL, methods: [{ kind: 'flow' }] }), { bypassCSP: true });
  await untilRun(page, 'finished');
  const files = STEPS.map((stepSize) => ({
    name: 'result.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(resultOf(stepSize))),
  }));
  await page.getByLabel('Results or experiments to open').setInputFiles(files);
  await page.locator('.run').nth(10).waitFor();
  // The page's own run is another experiment.
  await page
    .locator('.run')
    .nth(10)
    .getByRole('button', { name: /^Remove/ })
    .click();
  await page.getByRole('button', { name: 'Overlay all 10' }).click();
  const legend = page.locator('.legend-item');
  await legend.nth(11).waitFor();
  expect((await legend.allTextContents()).map((text) => text.trim())).toEqual([
    ...STEPS.map((stepSize) => `γ = ${stepSize}`),
    'SGD',
    'PDE',
  ]);
  // Colours at their places on a logarithmic scale, as in the files.
  const [from, to] = THEMES.light.shades;
  const inks = await page
    .locator('.legend .swatch')
    .evaluateAll((all) => all.map((one) => getComputedStyle(one).color));
  const rgb = (hex: string) => `rgb(${[1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16)).join(', ')})`;
  const share = (stepSize: number) => Math.log(stepSize / STEPS[0]) / Math.log(STEPS[9] / STEPS[0]);
  expect(inks.slice(0, 10)).toEqual(STEPS.map((stepSize) => rgb(viridis(from + share(stepSize) * (to - from)))));
  const table = page.getByLabel('Settings that differ');
  expect(await table.locator('thead th').allTextContents()).toEqual(['run', 'γ']);
  expect(await table.locator('tbody td').allTextContents()).toEqual([...STEPS].reverse().map(String));
  // A name hides all curves of its run, and shows them again.
  const hidden = page.locator('.legend-item[aria-pressed="false"]');
  await legend.first().click();
  expect(await hidden.count()).toBe(1);
  await legend.first().click();
  expect(await hidden.count()).toBe(0);
  // All statistics at once, in the link too.
  await page.getByLabel('Statistic shown').selectOption('all, side by side');
  await page.locator('.multiples .canvas').nth(1).waitFor();
  expect(await page.locator('.multiples .legend').filter({ visible: true }).count()).toBe(1);
  const boxes = await page
    .locator('.multiples .canvas')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
  expect(Math.min(...boxes)).toBeGreaterThan(300);
  await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get('statistic') === '*');
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes[0].html}`)).toEqual([]);
  if (process.env.SHOT) {
    await page.screenshot({ path: `${process.env.SHOT}-all.png` });
    await page.getByLabel('Statistic shown').selectOption('risk');
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${process.env.SHOT}.png` });
  }
  await page.getByRole('button', { name: 'Only the current one' }).click();
  await page.locator('.legend:not(.several), .multiples').first().waitFor();
});
