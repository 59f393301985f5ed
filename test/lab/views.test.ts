/** What the tabs show, in numbers: density, drift and noise, residual, concentration. */
import { expect, it } from 'vitest';
import { linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();

const number = (text: string) =>
  Number(text.replace('−', '-').replace(/·10(.*)$/, (_, power: string) => `e${plain(power)}`));
const plain = (power: string) => power.replace(/./gu, (c) => (c === '⁻' ? '-' : String('⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c))));

it('densities of SGD, SDE and PDE have mass 1, at every time the scrubber reaches', async () => {
  const { page } = await lab.visit(linkTo(SMALL, { tab: 'density' }));
  const legend = page.locator('.legend-item');
  await legend.filter({ hasText: 'PDE' }).waitFor();
  await legend.filter({ hasText: 'SDE' }).waitFor();
  await page.locator('.aside', { hasText: /^$/ }).waitFor({ state: 'attached' });
  for (const key of ['', 'End', 'Home']) {
    if (key !== '') {
      await page.getByLabel('Time looked at').focus();
      await page.keyboard.press(key);
      await page
        .getByText(key === 'End' ? 't = 2.00' : 't = 0', { exact: true })
        .first()
        .waitFor();
    }
    const rows = await tableOf(page);
    expect(rows).toHaveLength(61);
    const width = number(rows[1][0]) - number(rows[0][0]);
    const heads = await page.locator('.behind thead th').allTextContents();
    const columns = ['SGD, mean of 4', 'SDE, mean of 4', 'PDE'].map((name) => heads.indexOf(name));
    expect(Math.min(...columns)).toBeGreaterThan(0);
    for (const column of columns) {
      const mass = rows.slice(0, 60).reduce((sum, row) => sum + number(row[column]) * width, 0);
      // Some mass may lie outside the window; the note says how much.
      expect(mass).toBeGreaterThan(0.95);
      expect(mass).toBeLessThan(1.01);
    }
  }
});

it('drift and noise are measured on request, and add up to the slope of the PDE', async () => {
  const { page } = await lab.visit(linkTo({ ...SMALL, samples: 200 }, { tab: 'slope' }));
  await page.getByRole('button', { name: /^Measure them/ }).click();
  await page.locator('.legend-item', { hasText: 'measured slope' }).waitFor();
  await untilRun(page, 'finished');
  expect(JSON.parse(await page.locator('textarea.code').inputValue()).statistics).toEqual([
    'risk',
    'curvature',
    'riskDrift',
    'riskNoise',
  ]);
  const rows = await tableOf(page);
  const heads = await page.locator('.behind thead th').allTextContents();
  const [drift, noise, sum] = ['drift, PDE', 'noise, PDE', 'drift + noise, PDE'].map((name) => heads.indexOf(name));
  for (const row of rows) {
    // Four digits are shown.
    const size = Math.abs(number(row[drift])) + Math.abs(number(row[noise]));
    expect(Math.abs(number(row[drift]) + number(row[noise]) - number(row[sum]))).toBeLessThan(2e-3 * size);
    expect(number(row[drift])).toBeLessThan(0);
    expect(number(row[noise])).toBeGreaterThan(0);
  }
});

it('runs in several dimensions make one picture of concentration', async () => {
  const { page } = await lab.visit(linkTo(SMALL, { tab: 'concentration' }));
  await untilRun(page, 'finished');
  expect(await page.locator('.notes').first().textContent()).toContain('So far d = 64 only');
  await page.locator('.rail').getByLabel('dimension').first().fill('256');
  await page.getByRole('button', { name: 'Run again' }).click();
  await untilRun(page, 'finished');
  await page.locator('.legend-item', { hasText: '1/√d' }).waitFor();
  const rows = await tableOf(page);
  expect(rows.map((row) => number(row[0]))).toEqual(expect.arrayContaining([64, 256]));
});

it('overlaid runs are drawn together, and what differs is said', async () => {
  const { page } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  await page.getByRole('button', { name: 'Another seed' }).click();
  await untilRun(page, 'finished');
  await page.locator('.run').nth(1).getByRole('textbox').fill('the first');
  await page.getByLabel('Overlay the first').check();
  await page.locator('.legend-item', { hasText: 'SGD, mean of 4 — the first' }).waitFor();
  const table = page.getByLabel('Settings that differ');
  expect(await table.locator('thead th').allTextContents()).toEqual(['run', 'seed']);
  expect(await table.locator('tbody tr').allTextContents()).toEqual(['d=64, γ=0.5, seed 88', 'the first7']);
});

it('fields that may be absent can be switched on: replicas until a mean is known', async () => {
  const { page } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  await page.locator('.group > summary', { hasText: 'Methods' }).click();
  await page.getByLabel('add replicas until a mean is known').first().check();
  await page.getByLabel('relative error').first().fill('0.2');
  const text = async () => JSON.parse(await page.locator('textarea.code').inputValue());
  expect((await text()).methods[0]).toMatchObject({ until: { statistic: 'risk', relativeError: 0.2 } });
  expect(await page.getByRole('button', { name: 'Run again' }).isEnabled()).toBe(true);
  await page.getByLabel('add replicas until a mean is known').first().uncheck();
  expect((await text()).methods[0]).toEqual(SMALL.methods[0]);
});
