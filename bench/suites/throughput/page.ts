/** The lab in headless Chromium: time from the start of the navigation to the first curve on the screen, with an empty cache and again. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { serveSite } from '../../../test/lab/site.ts';
import { openChromium } from '../../kit/chromium.ts';
import { measured } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the lab if a source is newer than what was built. */
function buildLab(log: (line: string) => void): void {
  const newest = (folder: string) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((time, entry) => Math.max(time, statSync(`${entry.parentPath}/${entry.name}`).mtimeMs), 0);
  const built = `${ROOT}dist/lab/index.html`;
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(newest('src'), newest('shaders'))) return;
  log('building the lab');
  execFileSync(process.execPath, [`${ROOT}node_modules/vite/bin/vite.js`, 'build'], { cwd: ROOT, stdio: 'ignore' });
}

/** Runs in the page before its own scripts: notes when a line in the colour of SGD first covers pixels of a canvas. */
function watchForCurve(): void {
  const { stroke } = CanvasRenderingContext2D.prototype;
  const page = globalThis as unknown as { firstCurve?: number };
  CanvasRenderingContext2D.prototype.stroke = function (this: CanvasRenderingContext2D, ...path: [Path2D?]) {
    stroke.apply(this, path as [Path2D]);
    if (page.firstCurve !== undefined || path.length === 0) return;
    const ink = getComputedStyle(document.documentElement).getPropertyValue('--ink-sgd').trim().toLowerCase();
    if (ink === '' || this.strokeStyle !== ink) return;
    const color = [1, 3, 5].map((at) => Number.parseInt(ink.slice(at, at + 2), 16));
    const { data } = this.getImageData(0, 0, this.canvas.width, this.canvas.height);
    let pixels = 0;
    for (let i = 0; i < data.length && pixels < 20; i += 4) {
      if (data[i + 3] > 200 && color.every((value, k) => Math.abs(data[i + k] - value) < 8)) pixels++;
    }
    if (pixels >= 20) requestAnimationFrame(() => (page.firstCurve ??= performance.now()));
  };
}

async function firstCurve(page: Page, address: string): Promise<number> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(address);
  const handle = await page.waitForFunction(() => (globalThis as { firstCurve?: number }).firstCurve, null, {
    timeout: 60_000,
    polling: 50,
  });
  if (errors.length > 0) throw new Error(`in the page: ${errors.join('; ')}`);
  // performance.now() counts from the start of the navigation.
  return ((await handle.jsonValue()) as number) / 1000;
}

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  const { browser, why } = await openChromium();
  if (!browser) throw new Error(why);
  try {
    buildLab(log);
    const site = await serveSite();
    try {
      const samples = { 'an empty cache': [] as number[], 'a reload': [] as number[] };
      for (let round = -1; round < (quick ? 2 : 9); round++) {
        log(`visit ${round + 2}`);
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
        const page = await context.newPage();
        await page.addInitScript(watchForCurve);
        // A run that this tab has kept would stand there at once: a reload is timed as if it were of another tab.
        await page.addInitScript(() => sessionStorage.clear());
        const first = await firstCurve(page, site.address);
        const again = await firstCurve(page, site.address);
        await context.close();
        if (round < 0) continue;
        samples['an empty cache'].push(first);
        samples['a reload'].push(again);
      }
      const rows = Object.entries(samples).map(
        ([from, seconds]): Row => ({
          table: 'time to the first curve',
          labels: { from },
          foreign: false,
          quantities: { seconds: measured(seconds, 's', 'lower') },
        }),
      );
      return {
        rows,
        plots: [],
        notes: [
          'from the start of the navigation to the frame after the first stroke in SGD’s colour that covers pixels of a canvas; the built lab from the loopback interface, 1440 × 900; the browser runs already',
          `Chromium ${browser.version()} with its software WebGPU driver`,
        ],
      };
    } finally {
      await site.close();
    }
  } finally {
    await browser.close();
  }
}

export default {
  name: 'page',
  title: 'The lab: from page load to the first curve',
  weight: 0.7,
  run,
} satisfies Section;
