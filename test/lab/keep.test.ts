/** Runs outlive their page: checkpoints in the browser's storage, offered after a reload, used when a device is lost. */
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { LONG, linkTo, SMALL, tableOf, untilRun, useLab } from './page.ts';

const lab = useLab();

/** An SDE that ends at once, then SGD for minutes. */
const TWO = { ...LONG, samples: 40, methods: [{ kind: 'sde', replicas: 3, timeStep: 5 }, ...LONG.methods] };

/** Share done of each run that the browser keeps. */
function keptShares(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    // Opening it would make it, without what the page puts into it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'diagflow-lab')) return [];
    return new Promise<number[]>((resolve, reject) => {
      const opening = indexedDB.open('diagflow-lab');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        if (!database.objectStoreNames.contains('checkpoints')) resolve([]);
        else {
          const all = database.transaction('checkpoints').objectStore('checkpoints').getAll();
          all.onerror = () => reject(all.error);
          all.onsuccess = () => resolve(all.result.map(({ about }) => about.share));
        }
        database.close();
      };
    });
  });
}

async function untilKept(page: Page, test: (shares: number[]) => boolean): Promise<void> {
  for (let k = 0; k < 300; k++) {
    if (test(await keptShares(page))) return;
    await page.waitForTimeout(200);
  }
  throw new Error(`kept: ${await keptShares(page)}`);
}

describe('after a reload', () => {
  it('the run is offered, goes on with what it had, and is forgotten when it has ended', async () => {
    const { page } = await lab.visit(linkTo(TWO, { backend: 'cpu' }));
    // SGD has begun, and a checkpoint of its own was made.
    await untilKept(page, (shares) => shares.some((share) => share > 0.5));
    const before = (await tableOf(page)).map((row) => row.slice(0, 2));
    await page.goto('about:blank');
    await page.goto(`${lab.site().address}${linkTo(SMALL)}`);
    await untilRun(page, 'finished');
    const left = page.locator('.unfinished');
    await left.waitFor();
    expect(await left.textContent()).toMatch(/Left unfinished.*seed 7: 5\d% done/s);
    await left.getByRole('button', { name: /^Go on with/ }).click();
    await untilRun(page, 'running');
    expect(await left.count()).toBe(0);
    await page.locator('.status p', { hasText: 'coordinate-steps/s' }).waitFor();
    const after = (await tableOf(page)).map((row) => row.slice(0, 2));
    expect(after.map(([time]) => time)).toEqual(before.map(([time]) => time));
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilRun(page, 'stopped early');
    await untilKept(page, (shares) => shares.length === 0);
  }, 180_000);

  it('can be discarded; what another tab still computes is not offered', async () => {
    const { page } = await lab.visit(linkTo(LONG, { backend: 'cpu' }));
    await untilKept(page, (shares) => shares.length === 1);
    const other = await page.context().newPage();
    await other.goto(lab.site().address + linkTo(SMALL));
    await untilRun(other, 'finished');
    expect(await other.locator('.unfinished').count()).toBe(0);
    await page.close();
    await other.reload();
    await other
      .locator('.unfinished')
      .getByRole('button', { name: /^Discard/ })
      .click();
    await untilKept(other, (shares) => shares.length === 0);
    expect(await other.locator('.unfinished').count()).toBe(0);
  }, 120_000);

  it('a run that ends keeps nothing', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    await untilKept(page, (shares) => shares.length === 0);
  });
});

it('a lost device: the run goes on from its last checkpoint', async () => {
  lab.site().prelude = `
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...all) {
      const device = await request.apply(this, all);
      new BroadcastChannel('lose').onmessage = () => device.destroy();
      return device;
    };`;
  const experiment = { ...LONG, problem: { dimension: 512 }, methods: [{ kind: 'sgd', replicas: 2 }] };
  const { page } = await lab.visit(linkTo(experiment, { backend: 'gpu' }));
  await untilKept(page, (shares) => shares.some((share) => share > 0));
  const [share] = await keptShares(page);
  await page.evaluate(() => new BroadcastChannel('lose').postMessage(''));
  await page.locator('.notice', { hasText: 'goes on from its last checkpoint on a new device' }).waitFor();
  await untilRun(page, 'running');
  await page.locator('.status p', { hasText: 'coordinate-steps/s' }).waitFor();
  const percent = Number(/SGD (\d+)%/.exec((await page.locator('.status p').textContent()) ?? '')?.[1]);
  expect(percent).toBeGreaterThanOrEqual(Math.floor(100 * share));
  await page.getByRole('button', { name: 'Stop' }).click();
  await untilRun(page, 'stopped early');
}, 120_000);
