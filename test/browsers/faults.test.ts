/** Where a page cannot do what it should, it says in words what is missing: never a blank page, a name of an exception, or silence. */
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL } from '../lab/page.ts';
import { type Site, serveSite } from '../lab/site.ts';
import { type Browser, type Tab, until } from './browser.ts';
import { BROWSERS } from './browsers.ts';
import { click, FAULT, KEPT, stateIs, TEXT } from './page.ts';

/** A server's name on a network without certificates: no browser takes it for localhost. */
const HOST = 'lecture.test';

describe.each(['Chromium', 'Firefox'] as const)('%s', (name) => {
  let browser: Browser;
  let site: Site;
  let tab: Tab;
  beforeAll(async () => {
    site = await serveSite();
    // Of files as Firefox has it for people; its own settings for automation let them read each other.
    const preferences = { 'privacy.resistFingerprinting': true, 'security.fileuri.strict_origin_policy': true };
    browser = await BROWSERS[name]({ host: HOST, preferences });
  }, 60_000);
  afterEach(async () => {
    site.before = '';
    site.prelude = '';
    await tab?.close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  const visit = async (experiment: unknown, base = site.address) => {
    tab = await browser.open();
    await tab.goto(base + linkTo(experiment, { backend: 'cpu' }));
  };

  it('a page whose scripts throw at load', async () => {
    site.before = "Intl.NumberFormat = function () { throw new RangeError('no such language'); };";
    await visit(SMALL);
    await until(tab, FAULT, TEXT, 10_000);
    expect(await tab.evaluate(FAULT)).toMatch(/^The lab could not start \(RangeError: no such language\)\. Reload/);
  });

  it('a page that throws later', async () => {
    await visit(SMALL);
    await until(tab, stateIs('finished'), TEXT);
    expect(await tab.evaluate('[document.getElementById("fault").hidden, document.getElementById("loading")]')).toEqual(
      [true, null],
    );
    await tab.evaluate("void setTimeout(() => { throw new Error('a fault'); })");
    await until(tab, FAULT, TEXT, 10_000);
    expect(await tab.evaluate(FAULT)).toMatch(
      /^Something went wrong in this page \(Error: a fault\)\. .*save the results/,
    );
  });

  it('a browser without workers', async () => {
    site.before = 'delete globalThis.Worker;';
    await visit(SMALL);
    await until(tab, FAULT, TEXT, 10_000);
    expect(await tab.evaluate(FAULT)).toMatch(/this browser has no workers, in which the lab computes/);
  });

  it('a file that is opened from the disk', async () => {
    tab = await browser.open();
    await tab.goto(pathToFileURL('dist/lab/index.html').href);
    expect(await tab.evaluate(TEXT)).toMatch(/its scripts cannot run here: the page must come from a web server/);
  });

  it('a server of a network, over plain http: runs are kept and offered, and the GPU is told to need a secure page', async () => {
    const base = site.address.replace('127.0.0.1', HOST);
    await visit(LONG, base);
    expect(await tab.evaluate('[isSecureContext, typeof crypto.subtle]')).toEqual([false, 'undefined']);
    await until(tab, KEPT, TEXT);
    expect(await tab.evaluate(TEXT)).toMatch(/WebGPU is for secure pages only, and this one came over plain http/);
    expect(await tab.evaluate(TEXT)).not.toMatch(/keeps no checkpoints|undefined/);
    await tab.goto(`${base}?back${linkTo(SMALL, { backend: 'cpu' })}`);
    await until(tab, "document.querySelector('.unfinished')", TEXT, 20_000);
    await tab.evaluate(click('Go on'));
    await until(tab, stateIs('running'), TEXT);
  });

  it('a browser that refuses to keep anything', async () => {
    site.prelude = "IDBObjectStore.prototype.put = () => { throw new DOMException('(null)', 'InvalidStateError'); };";
    await visit(LONG);
    await until(tab, `${TEXT}.includes('keeps no checkpoints')`, TEXT, 30_000);
    expect(await tab.evaluate(TEXT)).toMatch(
      /keeps no checkpoints of the run \(it allows no storage here, as in some private windows\): it would be lost/,
    );
  });

  it('a picture, where scripts may not see what is drawn', async () => {
    await visit(SMALL);
    await until(tab, stateIs('finished'), TEXT);
    await tab.evaluate(
      'void (globalThis.saved = [], HTMLAnchorElement.prototype.click = function () { saved.push(this.download); })',
    );
    await tab.evaluate(click('PNG'));
    await until(tab, 'saved.length === 1', TEXT, 10_000);
    const [file] = await tab.evaluate<string[]>('saved');
    expect(file).toMatch(name === 'Firefox' ? /\.svg$/ : /\.png$/);
    const words =
      /A PNG would be noise: this browser hides the pixels .*resistFingerprinting.*The SVG was saved instead/;
    expect(words.test(await tab.evaluate(TEXT))).toBe(name === 'Firefox');
  });
});
