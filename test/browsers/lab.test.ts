/** The built lab in every browser, with and without cross-origin isolation. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL } from '../lab/page.ts';
import { ISOLATED, type Site, serveSite } from '../lab/site.ts';
import { type Browser, type Tab, until } from './browser.ts';
import { BROWSERS, HERE } from './browsers.ts';
import { numbersHere } from './numbers.ts';
import { click, KEPT, stateIs } from './page.ts';
import { WATCH_PAGE, WATCH_WORKER } from './watch.ts';

const ALL = 'JSON.stringify([complaints, told, document.querySelector(".status")?.textContent])';

let here: Record<string, number[]>;
beforeAll(async () => {
  here = await numbersHere();
});

/** The lab built for a host that sends no headers. */
const hosted = mkdtempSync(join(tmpdir(), 'diagflow-hosted-'));
beforeAll(() => {
  const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
  const { VITEST: _, ...env } = process.env;
  execFileSync(process.execPath, [vite, 'build', '--outDir', hosted, '--logLevel', 'error'], {
    env: { ...env, DIAGFLOW_ISOLATE: '1', NODE_ENV: 'production' },
    stdio: 'pipe',
  });
}, 90_000);
afterAll(() => rmSync(hosted, { recursive: true, force: true }));

describe.each(HERE)('%s', (name) => {
  let browser: Browser;
  let plain: Site;
  let isolated: Site;
  let tab: Tab;
  beforeAll(async () => {
    plain = await serveSite();
    isolated = await serveSite({ headers: ISOLATED });
    for (const site of [plain, isolated]) {
      site.before = WATCH_PAGE;
      site.prelude = WATCH_WORKER;
    }
    // A machine whose language is none: WebKit then calls it "C".
    browser = await BROWSERS[name]({ env: { LANG: 'C', LC_ALL: 'C' } });
  }, 60_000);
  afterEach(() => tab?.close().catch(() => {})); // the test may have closed it
  afterAll(async () => {
    await browser?.close();
    await plain?.close();
    await isolated?.close();
  });

  it.each(['plain', 'isolated'])(
    '%s: two runs, each computed once, SGD and SDE to the same bits',
    async (kind) => {
      tab = await browser.open();
      await tab.goto((kind === 'isolated' ? isolated : plain).address + linkTo(SMALL, { backend: 'cpu' }));
      await until(tab, stateIs('finished'), ALL);
      expect(await tab.evaluate('crossOriginIsolated')).toBe(kind === 'isolated');
      const means = await tab.evaluate<Record<string, number[]>>('means');
      expect(means.sgd).toEqual(here.sgd);
      expect(means.sde).toEqual(here.sde);
      expect(Math.max(...means.pde.map((x, i) => Math.abs(x / here.pde[i] - 1)))).toBeLessThan(1e-4);
      await tab.evaluate(click('Run again'));
      await until(tab, 'told.end === 2', ALL);
      expect(await tab.evaluate('[told.start, told["method-start"], told["method-end"]]')).toEqual([2, 8, 8]);
      expect(await tab.evaluate('complaints')).toEqual([]);
      expect(plain.missing).toEqual([]);
    },
    90_000,
  );

  it('is isolated by its service worker where the host sends no headers, if it was built so', async () => {
    const site = await serveSite({ root: hosted });
    try {
      tab = await browser.open();
      await tab.goto(site.address + linkTo(SMALL, { backend: 'cpu' }));
      await until(tab, `crossOriginIsolated && ${stateIs('finished')}`, 'crossOriginIsolated');
      expect(site.missing).toEqual([]);
    } finally {
      await tab.close();
      await site.close();
    }
  }, 90_000);

  it('a run that is left is kept, and offered on the first load after coming back', async () => {
    tab = await browser.open();
    await tab.goto(plain.address + linkTo(LONG, { backend: 'cpu' }));
    await until(tab, KEPT, ALL);
    expect(
      await tab.evaluate("[...document.querySelectorAll('.notice')].map((e) => e.textContent).join()"),
    ).not.toMatch(/keeps no checkpoints/);
    // A load, and not only another fragment.
    await tab.goto(`${plain.address}?back${linkTo(SMALL, { backend: 'cpu' })}`);
    await until(tab, "document.querySelector('.unfinished')", ALL, 20_000);
    expect(await tab.evaluate("document.querySelector('.unfinished').textContent")).toMatch(/seed 7: \d+% done/);
    // Back at the page that was left, which some browsers have kept: it says that its run has ended, and offers it as well.
    await tab.evaluate('void setTimeout(() => history.back(), 100)');
    await until(tab, "location.search === '' && document.querySelector('.unfinished')", ALL, 20_000);
    await tab.evaluate(click('Go on'));
    await until(tab, stateIs('running'), ALL);
  }, 90_000);
});
