/** Runs in the page: first sight, change and run again, pause, stop, another seed, no GPU, a lost device, a page that never freezes. */
import { describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();

describe('the first screen', () => {
  it('runs the quickstart by itself and draws every method', async () => {
    const { page } = await lab.visit('');
    await page.locator('.legend-item:not(.waiting)', { hasText: 'PDE' }).waitFor();
    await page.locator('.legend-item:not(.waiting)', { hasText: 'SGD' }).waitFor();
    await page.locator('.status p', { hasText: 'coordinate-steps/s' }).waitFor();
    await page.locator('.status p', { hasText: 'left' }).waitFor();
    expect(await page.locator('.status p').textContent()).toContain('CPU engine');
    // The error of the gap is there from the second replica on.
    await page
      .getByTestId('gap')
      .filter({ hasText: /vs PDE .*% ± .*%/ })
      .first()
      .waitFor();
    // The curves, and below them the gap in standard errors.
    expect(await page.locator('canvas').count()).toBe(2);
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilRun(page, 'stopped early');
  });
});

describe('runs', () => {
  it('change and run again: the new numbers belong to the new settings', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const before = await tableOf(page);
    expect(before).toHaveLength(21);
    await page.getByLabel('dimension', { exact: false }).first().fill('32');
    expect(await page.locator('.hint').textContent()).toContain('differ');
    await page.getByRole('button', { name: 'Run again' }).click();
    await untilRun(page, 'finished');
    expect(await page.locator('.run').count()).toBe(2);
    const after = await tableOf(page);
    expect(after).not.toEqual(before);
    await page.locator('.run').nth(1).getByRole('button', { name: /^Show/ }).click();
    expect(await tableOf(page)).toEqual(before);
  });

  it('another seed gives other paths, the same seed the same', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const first = await tableOf(page);
    await page.getByRole('button', { name: 'Another seed' }).click();
    await untilRun(page, 'finished');
    expect(await tableOf(page)).not.toEqual(first);
    await page.getByText('Seed and engine').click();
    await page.getByLabel('seed', { exact: true }).fill('7');
    await page.getByRole('button', { name: 'Run again' }).click();
    await untilRun(page, 'finished');
    expect(await tableOf(page)).toEqual(first);
  });

  it('pauses, goes on, and stops with what has come', async () => {
    const { page } = await lab.visit(linkTo(LONG));
    await page.locator('.legend-item:not(.waiting)', { hasText: 'SGD' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await untilRun(page, 'paused');
    // What was on its way may still arrive; then nothing moves.
    await page.waitForTimeout(500);
    const held = await page.locator('.status p').textContent();
    await page.waitForTimeout(700);
    expect(await page.locator('.status p').textContent()).toBe(held);
    await page.getByRole('button', { name: 'Resume' }).click();
    await untilRun(page, 'running');
    await page.waitForFunction((text) => document.querySelector('.status p')?.textContent !== text, held);
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilRun(page, 'stopped early');
    // Every third of 401 save times.
    expect((await tableOf(page)).length).toBe(134);
    expect(await page.getByRole('button', { name: /^Save result.json/ }).isEnabled()).toBe(true);
  });

  it('the main thread is never busy for 50 ms while a run goes on', async () => {
    const { page } = await lab.visit(linkTo(LONG));
    await page.locator('.legend-item:not(.waiting)', { hasText: 'SGD' }).waitFor();
    const client = await page.context().newCDPSession(page);
    const tasks: number[] = [];
    client.on('Tracing.dataCollected', ({ value }) => {
      // Processor time of each task of the page's main thread, which a busy machine does not stretch.
      for (const event of value as unknown as { name: string; tdur?: number }[]) {
        if (event.name === 'RunTask' && event.tdur !== undefined) tasks.push(event.tdur / 1000);
      }
    });
    await client.send('Tracing.start', {
      traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'devtools.timeline'] },
      transferMode: 'ReportEvents',
    });
    const box = (await page.locator('.canvas').boundingBox())!;
    for (let k = 0; k < 20; k++) {
      await page.mouse.move(box.x + 100 + 20 * k, box.y + box.height / 2);
      await page.waitForTimeout(100);
    }
    const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
    await client.send('Tracing.end');
    await complete;
    expect(tasks.length).toBeGreaterThan(50);
    expect(Math.max(...tasks)).toBeLessThan(50);
  });
});

describe('engines', () => {
  it('without WebGPU runs on the CPU and says what that costs', async () => {
    lab.site().prelude = "Object.defineProperty(navigator, 'gpu', { value: undefined });";
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const notice = page.getByTestId('no-gpu');
    await notice.locator('summary').click();
    expect(await notice.textContent()).toMatch(/has (no WebGPU|WebGPU switched off).*10 to 100 times/is);
    expect(await page.locator('.status p').textContent()).toContain('CPU engine');
    await page.getByRole('tab', { name: 'Phase portrait' }).click();
    expect(await page.locator('#stage').textContent()).toContain('WebGPU');
  });

  it('runs on the GPU, and starts again when the device is lost', async () => {
    lab.site().prelude = `
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...all) {
        const device = await request.apply(this, all);
        new BroadcastChannel('lose').onmessage = () => device.destroy();
        return device;
      };`;
    const { page } = await lab.visit(
      linkTo(
        { ...SMALL, problem: { dimension: 1024 }, horizon: 4, methods: [{ kind: 'sgd', replicas: 4 }] },
        { backend: 'gpu' },
      ),
    );
    await page.locator('.status p', { hasText: 'GPU' }).waitFor();
    await page.locator('.legend-item:not(.waiting)', { hasText: 'SGD' }).waitFor();
    await page.evaluate(() => new BroadcastChannel('lose').postMessage(''));
    await page.locator('.notice', { hasText: 'device was lost' }).waitFor();
    await untilRun(page, 'finished');
    expect(await page.locator('.status p').textContent()).toContain('GPU');
    const rows = await tableOf(page);
    expect(rows).toHaveLength(21);
    expect(rows.every((row) => row[1] !== '–')).toBe(true);
  });

  it('draws the phase portrait from the GPU’s memory while the run goes on, flat and in space', async () => {
    const { page } = await lab.visit(
      linkTo(
        {
          ...SMALL,
          problem: { dimension: 1024 },
          methods: [
            { kind: 'sgd', replicas: 1 },
            { kind: 'pde', tolerance: 1e-4 },
          ],
        },
        { backend: 'gpu', tab: 'portrait' },
      ),
    );
    const state = page.getByTestId('portrait-state');
    await untilRun(page, 'finished');
    await state.filter({ hasText: 't = 2.00' }).filter({ hasText: 'Contours' }).waitFor();
    /** Share of the picture's pixels that are nearer to a colour than to anything else in it. */
    const share = async (wanted: readonly number[]) => {
      const shot = await page.locator('.portrait-picture').screenshot();
      return page.evaluate(
        async ([base64, [r, g, b]]) => {
          const image = new Image();
          image.src = `data:image/png;base64,${base64}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext('2d')!;
          context.drawImage(image, 0, 0);
          const { data } = context.getImageData(0, 0, image.width, image.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4)
            if (Math.hypot(data[i] - r, data[i + 1] - g, data[i + 2] - b) < 60) count++;
          return (4 * count) / data.length;
        },
        [shot.toString('base64'), wanted] as [string, number[]],
      );
    };
    // Coordinates of b = 0 in the blue of SGD, those of b = 1 in the other colour, on the ground of the page.
    const [blue, rose, ground] = [
      [0, 114, 178],
      [204, 121, 167],
      [255, 255, 255],
    ];
    await page.waitForTimeout(300);
    for (const view of ['Flat (u, v)', '3-D (u, v, b)']) {
      await page.getByRole('button', { name: view }).click();
      await page.waitForTimeout(500);
      expect(await share(blue)).toBeGreaterThan(2e-4);
      expect(await share(rose)).toBeGreaterThan(2e-4);
      expect(await share(ground)).toBeGreaterThan(0.8);
    }
  });
});
