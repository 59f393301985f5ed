/** The page's state: links, the file's text, presets, results in and out, plots as files. */
import { readFileSync } from 'node:fs';
import type { Download, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { parseResultText } from '../../src/results/index.ts';
import { linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = (await Promise.all([page.waitForEvent('download'), press()])) as unknown as [Download];
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

describe('links', () => {
  it('hold the whole state: written by one page, read by another', async () => {
    const one = await lab.visit(linkTo(SMALL));
    await untilRun(one.page, 'finished');
    await one.page.locator('.group > summary', { hasText: 'Data' }).click();
    await one.page.locator('.rail').getByLabel('label noise').first().fill('0.25');
    await one.page.getByRole('tab', { name: 'Residual' }).click();
    await one.page.getByLabel('Scale of the x axis').selectOption('log');
    await one.page.waitForFunction(
      () => location.hash.includes('tab=residual') && location.hash.includes('xscale=log'),
    );
    const fragment = new URL(one.page.url()).hash;
    expect(fragment.length).toBeLessThan(600);
    const two = await lab.visit(fragment);
    await untilRun(two.page, 'finished');
    expect(await two.page.getByRole('tab', { selected: true }).textContent()).toBe('Residual');
    expect(await two.page.getByLabel('Scale of the x axis').inputValue()).toBe('log');
    const text = await two.page.locator('textarea.code').inputValue();
    expect(JSON.parse(text)).toEqual({ ...SMALL, problem: { dimension: 64, labelNoise: 0.25 } });
    // The page writes the same link again.
    await two.page.waitForTimeout(500);
    expect(new URL(two.page.url()).hash).toBe(fragment);
  });

  it('to a preset are short, and carry its seed', async () => {
    const { page } = await lab.visit('#preset=concentration-d16&seed=5');
    await untilRun(page, 'finished');
    expect(JSON.parse(await page.locator('textarea.code').inputValue()).seed).toBe(5);
    expect(new URL(page.url()).hash).toBe('#preset=concentration-d16&seed=5');
  });

  it('that are bad are told, and the page works', async () => {
    const { page } = await lab.visit('#x=AAAA');
    const alert = page.getByRole('alert');
    const bad: [string, string][] = [
      ['#x=AAAA', 'damaged'],
      ['#x=***', 'base64url'],
      [linkTo({ ...SMALL, horizon: -1 }), 'horizon: must be a finite number greater than 0'],
      [linkTo({ ...SMALL, what: 1 }), 'what: is no field'],
      ['#preset=nothing', 'no preset "nothing"'],
      ['#preset=quickstart&tab=oven', 'tab must be one of'],
      ['#foo=1', 'unknown part "foo"'],
      ['#preset=quickstart&seed=', 'seed must be a whole number'],
      ['#preset=quickstart&seed=-1', 'seed must be a whole number'],
      ['#tab=curves&tab=density', 'tab is there more than once'],
      ['#preset=quickstart&x=AAAA', 'both x'],
      ['#preset=quickstart&statistic=l1', 'statistic must be one that its experiment measures'],
      ['#preset=quickstart&at=2', 'must be from 0 to 1'],
      ['#large=1', 'large has no value; found "1"'],
      ['#theme=blue', 'theme must be one of light, dark'],
      ['#controls=oven', 'controls must be none, or fields of the experiment'],
      ['#controls=stepSize,', 'found ""'],
      [linkTo({ x: 'A'.repeat(2_000_000) }), 'longer than'],
    ];
    for (const [fragment, message] of bad) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, fragment);
      await alert.filter({ hasText: message }).waitFor();
      expect(await alert.textContent()).toContain('The quickstart runs instead');
    }
    await page.locator('.legend-item', { hasText: 'PDE' }).waitFor();
    // A good one takes the message away.
    await page.evaluate((hash) => {
      location.hash = hash;
    }, linkTo(SMALL));
    await alert.waitFor({ state: 'detached' });
    await untilRun(page, 'finished');
  });

  it('are followed also when they come just as the page is about to write its own', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const alert = page.getByRole('alert');
    for (let i = 0; i < 8; i++) {
      await page.evaluate(async (hash) => {
        // The page writes its state 300 ms after it changed. The link comes first, by a hair; its event then waits in line.
        setTimeout(() => {
          location.hash = hash;
        }, 300);
        document.querySelector<HTMLElement>('[role=tab][aria-selected=false]')?.click();
        await new Promise((resolve) => setTimeout(resolve, 200));
        const end = performance.now() + 150;
        while (performance.now() < end);
      }, `#foo${i}=1`);
      await alert.filter({ hasText: `unknown part "foo${i}"` }).waitFor({ timeout: 5000 });
    }
  });
});

describe('the text of the file and the controls', () => {
  it('follow each other, and say what is wrong beside the field', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const text = page.locator('textarea.code');
    const dimension = page.getByLabel('dimension', { exact: false }).first();
    await page.getByText('Text of the file').click();
    await text.fill(
      JSON.stringify({ ...SMALL, problem: { dimension: 128, covariance: { kind: 'power-law', exponent: 2 } } }),
    );
    expect(await dimension.inputValue()).toBe('128');
    expect(await page.getByLabel('exponent', { exact: false }).first().inputValue()).toBe('2');
    await dimension.fill('0.5');
    const error = page.locator('.field-error').first();
    expect(await error.textContent()).toMatch(/^must be an integer from 1 to .*; found 0.5$/);
    expect(await dimension.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByRole('button', { name: 'Run again' }).isDisabled()).toBe(true);
    expect(JSON.parse(await text.inputValue()).problem.dimension).toBe(0.5);
    // Half-typed text keeps its cursor, and the controls what they held.
    await text.fill('{"problem": ');
    await page.keyboard.type('{');
    expect(await text.inputValue()).toBe('{"problem": {');
    expect(await page.locator('.rail').textContent()).toContain('not valid JSON');
    expect(await dimension.isDisabled()).toBe(true);
    expect(await dimension.inputValue()).toBe('0.5');
    await text.fill(JSON.stringify(SMALL));
    expect(await dimension.isDisabled()).toBe(false);
    expect(await dimension.inputValue()).toBe('64');
    expect(await page.getByRole('button', { name: 'Run again' }).isEnabled()).toBe(true);
  });
});

describe('files', () => {
  it('a result goes out, validates, and comes back with the same numbers', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const rows = await tableOf(page);
    const { name, bytes } = await saved(page, () => page.getByRole('button', { name: /^Save result.json/ }).click());
    expect(name).toMatch(/\.result\.json$/);
    const result = parseResultText(bytes.toString());
    expect(result.experiment.seed).toBe(7);
    expect(result.curves).toHaveLength(8);
    const input = page.getByLabel('Results or experiments to open');
    await input.setInputFiles({ name: 'mine.result.json', mimeType: 'application/json', buffer: bytes });
    await untilRun(page, 'from a file');
    expect(await page.locator('.run.current input.run-name').inputValue()).toBe('mine');
    expect(await tableOf(page)).toEqual(rows);
    await input.setInputFiles({ name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('{"format": 1}') });
    await page
      .getByTestId('import-message')
      .filter({ hasText: 'bad.json cannot be read: experiment: is missing' })
      .waitFor();
  });

  it('a plot is saved as CSV, SVG and PNG with seed and version inside', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const save = (kind: string) =>
      saved(page, () => page.getByRole('button', { name: `Save this plot as ${kind}` }).click());
    const csv = (await save('CSV')).bytes.toString();
    expect(csv).toMatch(/^# .*\n# .*seed 7, diagflow \d/);
    expect(csv.trim().split('\n')).toHaveLength(2 + 1 + 21);
    const svg = (await save('SVG')).bytes.toString();
    expect(svg).toMatch(/^<svg.*<metadata>.*&quot;seed&quot;:7/s);
    expect(svg).toMatch(/seed 7, diagflow \d/);
    expect(svg).not.toContain('NaN');
    const png = (await save('PNG')).bytes;
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.includes('iTXtComment')).toBe(true);
    expect(png.includes('"seed":7')).toBe(true);
  });
});
