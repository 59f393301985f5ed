/** The limit follows the controls, ensembles run again when they are let go; tours, tips and presets explain; files find their place. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();

describe('a slider that moves', () => {
  it('is answered by the limit at once, by SGD when it is let go, and no task of the page takes 50 ms', async () => {
    const { page } = await lab.visit(linkTo({ ...SMALL, stepSize: 0.5 }));
    await untilRun(page, 'finished');
    const said = page.locator('.said');
    await said.filter({ hasText: 'of it' }).waitFor();
    // γ_c on the slider comes from what follows the controls.
    await page.locator('.critical').waitFor();
    const before = await said.textContent();
    const slider = page.locator('.field:has(input[type="text"][data-path="stepSize"]) input[type="range"]');
    // From 0 to a little beyond the critical step size, which is marked.
    const range = await page.locator('.field:has(input[type="text"][data-path="stepSize"]) .range').textContent();
    const critical = Number(
      /γ_c? ?= ([\d.]+)|= ([\d.]+):/
        .exec(before!.replace(/^.*Critical/, ''))!
        .slice(1)
        .find(Boolean),
    );
    expect(Number(/… ([\d.]+)$/.exec(range!)![1]) / critical).toBeCloseTo(1.3, 1);
    const box = (await slider.boundingBox())!;
    const client = await page.context().newCDPSession(page);
    const tasks: number[] = [];
    client.on('Tracing.dataCollected', ({ value }) => {
      for (const event of value as unknown as { name: string; tdur?: number }[])
        if (event.name === 'RunTask' && event.tdur !== undefined) tasks.push(event.tdur / 1000);
    });
    await client.send('Tracing.start', {
      traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'devtools.timeline'] },
      transferMode: 'ReportEvents',
    });
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
    await page.mouse.down();
    const texts = new Set<string>();
    for (let k = 0; k < 20; k++) {
      await page.mouse.move(box.x + box.width * (0.3 + 0.02 * k), box.y + box.height / 2);
      await page.waitForTimeout(50);
      texts.add((await said.textContent())!);
    }
    const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
    await client.send('Tracing.end');
    await complete;
    // Predictions have moved with the hand, SGD of the last run is a shadow, and nothing runs yet.
    expect(texts.size).toBeGreaterThan(5);
    await page.locator('.legend-item', { hasText: 'SGD, last run' }).waitFor();
    expect(await page.locator('.run').count()).toBe(1);
    expect(tasks.length).toBeGreaterThan(20);
    expect(Math.max(...tasks)).toBeLessThan(50);
    await page.mouse.up();
    await page.locator('.run').nth(1).waitFor();
    await untilRun(page, 'finished');
    await page.locator('.legend-item', { hasText: 'SGD, mean of 4' }).waitFor();
    const gamma = Number(await page.locator('input[type="text"][data-path="stepSize"]').inputValue());
    expect(gamma).toBeGreaterThan(0.5);
    expect(await page.locator('.run.current').textContent()).toBeDefined();
    expect(await page.locator('.run.current .run-name').inputValue()).toContain(`γ=${gamma}`);
    // The next one takes its place: a hand that plays does not fill the list.
    await slider.press('ArrowLeft');
    await page.waitForFunction(
      (old) => !document.querySelector<HTMLInputElement>('.run.current .run-name')!.value.includes(`γ=${old},`),
      gamma,
    );
    await untilRun(page, 'finished');
    expect(await page.locator('.run').count()).toBe(2);
    // Switched off, the limit follows and nothing runs.
    await page.getByLabel('run on release').uncheck();
    await slider.press('ArrowLeft');
    await page.locator('.legend-item', { hasText: 'SGD, last run' }).waitFor();
    await page.waitForTimeout(600);
    expect(await page.locator('.run').count()).toBe(2);
    expect(await page.locator('.hint').textContent()).toContain('differ');
  });
});

describe('explanations', () => {
  it('every step of every tour is a link to a page that runs, and can be left', async () => {
    const { page } = await lab.visit('#tour=limit&step=1');
    await untilRun(page, 'finished');
    const title = page.locator('.tour h2');
    expect(await title.textContent()).toBe('SGD follows a deterministic curve');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.locator('.tour', { hasText: 'Step 2 of 3' }).waitFor();
    expect(JSON.parse(await page.locator('textarea.code').inputValue()).problem.dimension).toBe(256);
    await page.waitForTimeout(500);
    expect(new URL(page.url()).hash).toBe('#tour=limit&step=2');
    // What is changed is part of the link, and so is the tour.
    await page.locator('input[data-path="horizon"]').fill('1');
    await page.waitForFunction(() => /tour=limit&step=2&x=/.test(location.hash));
    await page.getByRole('button', { name: 'Leave the tour' }).click();
    expect(await page.locator('.tour').count()).toBe(0);
    for (const [tour, steps] of [
      ['noise', 3],
      ['start', 3],
      ['rich', 3],
      ['large-steps', 3],
    ] as const) {
      for (let step = 1; step <= steps; step++) {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, `#tour=${tour}&step=${step}`);
        await page.locator('.tour', { hasText: `Step ${step} of ${steps}` }).waitFor();
        expect(await page.getByRole('alert').count(), `${tour} ${step}`).toBe(0);
        expect(await page.locator('.hint.wrong').count(), `${tour} ${step}`).toBe(0);
      }
    }
    await page.getByRole('button', { name: 'Stop' }).click();
  });

  it('a control says what it is when it is hovered over or has the focus; presets open on what they are about', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const tip = page.getByRole('tooltip');
    await page.locator('input[data-path="problem.dimension"]').hover();
    expect(await tip.textContent()).toMatch(/^Number of coordinates/);
    const step = page.locator('input[type="text"][data-path="stepSize"]');
    await step.focus();
    expect(await tip.textContent()).toMatch(/^How far each step goes/);
    expect(await step.getAttribute('aria-description')).toMatch(/^How far each step goes/);
    await page.keyboard.press('Escape');
    expect(await tip.count()).toBe(0);
    await page.getByLabel('Preset').selectOption('label-noise');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Drift and noise');
    await page.locator('.hint .katex').first().waitFor();
    await page.locator('.model .katex').first().waitFor();
    await page.getByLabel('Preset').selectOption('implicit-regularization');
    expect(await page.getByLabel('Statistic shown').inputValue()).toBe('effectiveInitialization');
    await page.getByRole('button', { name: 'Stop' }).click();
    // Nobody in a browser is told of exit statuses.
    for (const option of await page
      .getByLabel('Preset')
      .locator('option')
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))) {
      if (option === '') continue;
      await page.getByLabel('Preset').selectOption(option);
      expect(await page.locator('.hint').textContent(), option).not.toMatch(/status \d|npx|`/);
    }
    await page.getByRole('button', { name: 'Stop' }).click();
  });
});

describe('files that are opened', () => {
  it('run if they are experiments, and are told where they belong if they are none of the lab', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const input = page.getByLabel('Results or experiments to open');
    const message = page.getByTestId('import-message');
    const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    await input.setInputFiles(file('mine.json', JSON.stringify({ ...SMALL, problem: { dimension: 32 } })));
    await message.filter({ hasText: 'an experiment, running' }).waitFor();
    await untilRun(page, 'finished');
    expect(await page.locator('.run.current .run-name').inputValue()).toBe('mine');
    expect(JSON.parse(await page.locator('textarea.code').inputValue()).problem.dimension).toBe(32);
    await input.setInputFiles(file('bad.json', JSON.stringify({ ...SMALL, problem: { dimension: -1 } })));
    await message.filter({ hasText: 'bad.json cannot be read: problem.dimension' }).waitFor();
    const sweep = readFileSync(new URL('../../examples/sweeps/phase-diagram.json', import.meta.url), 'utf8');
    await input.setInputFiles(file('sweep.json', sweep));
    await message.filter({ hasText: 'is a sweep: run it with' }).waitFor();
  });
});
