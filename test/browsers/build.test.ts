/** The browser build, one module of the package, in a page without a bundler: in every browser, with and without isolation. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL } from '../lab/page.ts';
import { ISOLATED, serveSite } from '../lab/site.ts';
import { type Browser, until } from './browser.ts';
import { BROWSERS, HERE } from './browsers.ts';
import { numbersHere } from './numbers.ts';

const folder = mkdtempSync(join(tmpdir(), 'diagflow-page-'));
const STATISTIC = SMALL.statistics.at(-1);
/** Enough coordinate-steps for workers. */
const SHARED = { ...SMALL, problem: { dimension: 1000 } };
let here: Record<string, number[]>;

beforeAll(async () => {
  here = await numbersHere(SHARED);
  copyFileSync(fileURLToPath(new URL('../../dist/browser.js', import.meta.url)), join(folder, 'browser.js'));
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><title>diagflow</title><script type="module" src="./page.js"></script>',
  );
  writeFileSync(
    join(folder, 'page.js'),
    `import { parseExperiment, runExperiment } from './browser.js';
    window.failed = '';
    window.workers = 0;
    window.Worker = class extends Worker {
      constructor(...all) {
        super(...all);
        window.workers++;
      }
    };
    try {
      const experiment = parseExperiment(${JSON.stringify(SHARED)});
      const run = runExperiment(experiment, { backend: 'cpu', workers: 2 });
      let step = await run.next();
      while (!step.done) step = await run.next();
      const own = step.value.curves.filter(({ statistic }) => statistic === '${STATISTIC}');
      window.means = Object.fromEntries(own.map(({ method, mean }) => [method, mean]));
    } catch (error) {
      window.failed = String(error);
    }`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(HERE)('%s', (name) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await BROWSERS[name]({});
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(['plain', 'isolated'])(
    '%s: SGD and SDE to the same bits',
    async (kind) => {
      const site = await serveSite({ root: folder, headers: kind === 'isolated' ? ISOLATED : {} });
      const tab = await browser.open();
      try {
        await tab.goto(site.address);
        await until(tab, 'window.means || window.failed', 'window.failed');
        expect(await tab.evaluate('window.failed')).toBe('');
        expect(await tab.evaluate('crossOriginIsolated')).toBe(kind === 'isolated');
        expect(await tab.evaluate('workers')).toBe(2);
        const means = await tab.evaluate<Record<string, number[]>>('window.means');
        expect(means.sgd).toEqual(here.sgd);
        expect(means.sde).toEqual(here.sde);
        expect(Math.max(...means.pde.map((x, i) => Math.abs(x / here.pde[i] - 1)))).toBeLessThan(1e-4);
      } finally {
        await tab.close();
        await site.close();
      }
    },
    90_000,
  );
});
