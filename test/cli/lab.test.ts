/** `diagflow lab`: the built page from the package, with results shown in it. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchOptions } from '../setup/chromium.ts';
import { diagflow, start, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const EXPERIMENT = { problem: { dimension: 20 }, horizon: 1, samples: 4, methods: [{ kind: 'flow' }] };

async function results(...names: string[]): Promise<void> {
  writeFileSync(join(folder.path, 'small.json'), JSON.stringify(EXPERIMENT));
  for (const [i, name] of names.entries())
    expect(
      await diagflow(['run', 'small.json', '--quiet', '--out', name, '--set', `stepSize=0.${i + 1}`], folder.path),
    ).toMatchObject({ status: 0 });
}

/** Status of a request for the page that names another host. */
function asHost(address: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(address, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('shows the results that it was given, isolated, to this machine alone, until Ctrl-C', async () => {
  await results('first', 'second');
  const running = start(['lab', 'first', join('second', 'result.json')], folder.path);
  const [said] = await once(running.process.stdout!, 'data');
  const address = /http:\S+/.exec(String(said))![0];
  expect(new URL(address).hostname).toBe('127.0.0.1');
  const browser = await chromium.launch(launchOptions());
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(address);
    await page.waitForFunction(() => document.querySelectorAll('.run').length === 2);
    const names = await page
      .locator('.run-name')
      .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
    expect(names).toEqual(['first', 'second']);
    expect(await page.locator('.run').first().textContent()).toContain('from a file');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
  expect(await asHost(address, 'diagflow.example')).toBe(403);
  expect(await asHost(new URL('/nothing', address).href, '127.0.0.1')).toBe(404);
  running.process.kill('SIGINT');
  expect(await running.done).toMatchObject({ status: 0, stderr: '' });
});

test.each<[string, (text: string) => string, RegExp]>([
  ['a newer version', (text) => text.replace('"version": 1', '"version": 2'), /version: must be 1, .*found 2/],
  ['half a file', (text) => text.slice(0, text.length / 2), /JSON/],
  ['an experiment', () => JSON.stringify(EXPERIMENT), /experiment: is missing/],
])('refuses %s in one line, and serves nothing', async (_, spoil, words) => {
  await results('first');
  const path = join(folder.path, 'first', 'result.json');
  writeFileSync(path, spoil(readFileSync(path, 'utf8')));
  const { status, stdout, stderr } = await diagflow(['lab', 'first'], folder.path);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^diagflow: first[^\n]+\n$/);
  expect(stderr).toMatch(words);
});
