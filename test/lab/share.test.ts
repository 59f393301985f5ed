/** Shared: in a frame of another page, on a projector, on paper, and after a reload. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();

/** A link with a frame before it. */
const framed = (frame: string, experiment: unknown = SMALL, more: Record<string, string> = {}) =>
  `#${frame}&${linkTo(experiment, more).slice(1)}`;

/** A page of another origin: its port is another. */
async function servePage(body: string): Promise<{ readonly address: string; close(): void }> {
  const server = createServer((request, response) => {
    const isPage = request.url === '/';
    response.writeHead(isPage ? 200 : 204, { 'content-type': 'text/html; charset=utf-8' });
    response.end(isPage ? `<!doctype html><title>A lecture</title>${body}` : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

const finished = (page: Page) => page.locator('.status p', { hasText: 'finished in' }).waitFor();
const databases = (page: Page) =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).sort());
const labels = (page: Page) => page.locator('.controls label').allTextContents();

async function expectNothingSerious(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes[0].html}`)).toEqual([]);
}

describe('embedded', () => {
  it('shows the plot and two controls alone, which move the link; keeps nothing; opens the whole page', async () => {
    const { page } = await lab.visit(framed('embed'), { viewport: { width: 720, height: 480 } });
    await finished(page);
    expect(await page.locator('.legend-item').count()).toBe(4);
    for (const part of ['.head', '.rail', '.side', '.tabs', '.run-bar', '.plot-bar > *', '.plot-foot'])
      expect(await page.locator(part).filter({ visible: true }).count(), part).toBe(0);
    expect((await labels(page)).map((words) => words.split(' — ').at(-1))).toEqual(['step size', 'every u']);
    await page.getByLabel('step size', { exact: false }).first().fill('0.25');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.startsWith('#embed&x='));
    await finished(page);
    // A frame of a fixed height is enough for all of it, and nothing sticks out.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(720);
    expect(await databases(page)).toEqual([]);
    const href = await page.getByRole('link', { name: 'Open in the diagflow lab' }).getAttribute('href');
    expect(href).toMatch(/#x=/);
    expect(href).not.toContain('embed');
  });

  it('shows what its link chooses, in the theme of its link', async () => {
    const { page } = await lab.visit(
      framed('embed', SMALL, { controls: 'problem.labelNoise,tabs,run,tools', theme: 'dark' }),
    );
    await finished(page);
    expect((await labels(page)).map((words) => words.split(' — ').at(-1))).toEqual(['label noise']);
    expect(await page.getByRole('tab').count()).toBe(6);
    expect(await page.getByRole('button', { name: 'Run again' }).isVisible()).toBe(true);
    expect(await page.getByLabel('Statistic shown').isVisible()).toBe(true);
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.getByRole('tab', { name: 'Residual' }).click();
    await page.waitForFunction(() => location.hash.includes('tab=residual'));
    expect(new URL(page.url()).hash).toContain('embed&theme=dark&controls=problem.labelNoise,tabs,run,tools&');
  });

  it('by the code that the page gives, in a page of another origin', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    await page.getByText('Embed in a page').click();
    await page.getByLabel('a sentence on what to look for').check();
    await page.getByLabel('Theme of the embedded plot').selectOption('light');
    const area = page.getByLabel('Code for a page');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('textarea')].some(
        ({ value }) => value.startsWith('<iframe') && value.includes('hint') && value.includes('theme=light'),
      ),
    );
    const code = await area.inputValue();
    expect(code).toMatch(
      /^<iframe src="http[^"]*#embed&amp;theme=light&amp;controls=[^"]*" title="[^"]+" .*><\/iframe>$/,
    );
    const lecture = await servePage(code);
    const other = await page.context().newPage();
    await other.goto(lecture.address);
    const inside = other.frameLocator('iframe');
    await inside.locator('.status p', { hasText: 'finished in' }).waitFor();
    expect(await inside.locator('.legend-item').count()).toBe(4);
    expect(await inside.locator('.hint').textContent()).toContain('The mean of the replicas');
    expect(await inside.locator('.rail').count()).toBe(0);
    lecture.close();
  });

  it('runs once it is seen', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    const source = `${lab.site().address}${framed('embed').replaceAll('&', '&amp;')}`;
    const lecture = await servePage(
      `<p style="height:6000px">Text</p><iframe src="${source}" width="600" height="480"></iframe>`,
    );
    // Requests that leave the lab's own site are none of this page's faults.
    const other = await page.context().newPage();
    await other.goto(lecture.address);
    const inside = other.frameLocator('iframe');
    await inside.locator('.embed-foot a').waitFor();
    expect(await inside.locator('.status').textContent()).toBe('No run yet.');
    await other.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await inside.locator('.status p', { hasText: 'finished in' }).waitFor();
    lecture.close();
  });

  it('tells of a bad link in the frame', async () => {
    const { page } = await lab.visit('#embed&preset=oven');
    await page.getByRole('alert').filter({ hasText: 'no preset "oven"' }).waitFor();
    expect(await page.locator('.rail').count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('axe finds nothing serious, in the %s theme', async (colorScheme) => {
    const { page } = await lab.visit(framed('embed', SMALL, { controls: 'stepSize,tabs,hint,tools,run' }), {
      colorScheme,
      bypassCSP: true,
    });
    await finished(page);
    await expectNothingSerious(page);
  });
});

describe('a slide', () => {
  it('has the plot over the whole page, in larger letters, and goes back', async () => {
    const { page } = await lab.visit(linkTo(SMALL), { viewport: { width: 1920, height: 1080 }, bypassCSP: true });
    await untilRun(page, 'finished');
    const sizes = () =>
      page.evaluate(() => {
        const box = (part: string) => document.querySelector(part)!.getBoundingClientRect();
        return { plot: box('.canvas').width, letters: box('.tabs button').height };
      });
    const before = await sizes();
    await page.getByRole('button', { name: 'Slide' }).click();
    await page.waitForFunction(() => location.hash.startsWith('#large&'));
    const after = await sizes();
    expect(after.letters).toBeGreaterThan(1.4 * before.letters);
    expect(after.plot).toBeGreaterThan(1.4 * before.plot);
    expect((await labels(page)).length).toBe(2);
    const status = (await page.locator('.status').boundingBox())!;
    expect(status.y + status.height).toBeLessThanOrEqual(1080);
    await expectNothingSerious(page);
    await page.getByRole('button', { name: 'Slide' }).click();
    await page.locator('.rail').waitFor();
    expect(await sizes()).toEqual(before);
  });
});

it('on paper stand the pictures alone, in light colours, with seed and version under them', async () => {
  const { page } = await lab.visit(linkTo(SMALL, { tab: 'concentration' }), { colorScheme: 'dark' });
  await untilRun(page, 'finished');
  // What the browser tells the page before it prints.
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  const pictures = page.locator('#print > svg');
  expect(await pictures.count()).toBe(2);
  expect(await pictures.first().isVisible()).toBe(true);
  expect(await page.locator('#app').isVisible()).toBe(false);
  expect(await pictures.first().textContent()).toMatch(/seed 7, diagflow \d/);
  expect(await pictures.first().locator(':scope > rect').first().getAttribute('fill')).toBe('#ffffff');
  const ids = await page.locator('#print [id]').evaluateAll((all) => all.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  expect(await page.locator('#app').isVisible()).toBe(true);
});

describe('finished runs', () => {
  it('are there after a reload as they were: numbers, names, overlays; what was removed is not', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    for (let k = 0; k < 2; k++) {
      await page.getByRole('button', { name: 'Another seed' }).click();
      await untilRun(page, 'finished');
    }
    await page.locator('.run').nth(2).getByRole('textbox').fill('the first');
    await page.getByLabel('Overlay the first').check();
    await page.getByRole('button', { name: 'Remove d=64, γ=0.5, seed 8' }).click();
    const before = await tableOf(page);
    const took = async () => (await page.locator('.status p').textContent())!.replace(/ · CPU.*$/, '');
    const status = await took();
    await page.waitForFunction(() => location.hash.includes('x='));
    await untilStored(page, 2);
    await page.reload();
    await untilRun(page, 'finished');
    const names = () =>
      page.locator('.run-name').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
    expect(await names()).toEqual(['d=64, γ=0.5, seed 9', 'the first']);
    // Not run again: the same time it took, to the last digit.
    expect(await took()).toBe(status);
    await page.locator('.legend-item', { hasText: 'SGD, mean of 4 — the first' }).waitFor();
    expect(await tableOf(page)).toEqual(before);
    // Another experiment runs, beside them.
    await page.goto('about:blank');
    await page.goto(`${lab.site().address}${linkTo({ ...SMALL, seed: 3 })}`);
    await untilRun(page, 'finished');
    expect(await names()).toEqual(['d=64, γ=0.5, seed 3', 'd=64, γ=0.5, seed 9', 'the first']);
  });

  it('are offered to other tabs, and can be discarded', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    await untilStored(page, 1);
    const before = await tableOf(page);
    const other = await page.context().newPage();
    await other.goto(lab.site().address + linkTo({ ...SMALL, seed: 1 }));
    await untilRun(other, 'finished');
    await other.getByText('Earlier runs (1)').click();
    await other.getByRole('button', { name: /^Open d=64, γ=0.5, seed 7/ }).click();
    await other.waitForFunction(() => document.querySelectorAll('.run').length === 2);
    expect(await other.locator('.run.current input').first().inputValue()).toBe('d=64, γ=0.5, seed 7');
    expect(await tableOf(other)).toEqual(before);
    expect(await other.locator('.earlier').count()).toBe(0);
    await untilStored(other, 2);
    const third = await page.context().newPage();
    await third.goto(lab.site().address + linkTo(SMALL));
    await untilRun(third, 'finished');
    await third.getByText('Earlier runs (2)').click();
    await third.getByRole('button', { name: 'Discard all' }).click();
    await untilStored(third, 1);
  });

  it('that are stopped early are kept too; one that goes on is offered as unfinished', async () => {
    const { page } = await lab.visit(linkTo(LONG, { backend: 'cpu' }));
    await page.locator('.status p', { hasText: 'coordinate-steps/s' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilRun(page, 'stopped early');
    await untilStored(page, 1);
  });

  it('a browser that keeps nothing is told of, and the page works', async () => {
    lab.site().before = 'indexedDB.open = () => { throw new DOMException("no", "SecurityError"); };';
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    await page.locator('.side', { hasText: 'This browser keeps no runs (it allows no storage here' }).waitFor();
  });
});

async function untilStored(page: Page, count: number): Promise<void> {
  const stored = () =>
    page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open('diagflow-runs');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const database = opening.result;
            if (!database.objectStoreNames.contains('about')) {
              database.close();
              resolve(0);
              return;
            }
            const all = database.transaction('about').objectStore('about').count();
            all.onsuccess = () => resolve(all.result);
            all.onerror = () => reject(all.error);
            database.close();
          };
        }),
    );
  for (let k = 0; k < 150; k++) {
    if ((await stored()) === count) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`kept runs: ${await stored()}, expected ${count}`);
}
