/** The examples of docs/library.md run and print what they say; its page and its worker run in Chromium. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { describe, expect, test } from 'vitest';
import { serve } from '../consumers/pages.ts';
import { launchOptions } from '../setup/chromium.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
const blocks = [...text.matchAll(/^```(js|html)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
const scripts = blocks.filter(({ language, code }) => language === 'js' && !/^\/\/ (?:page|worker)\.js/.test(code));

describe('docs/library.md', () => {
  test.each(scripts.map(({ code }, i) => [i + 1, code] as const))(
    'example %i prints what it says',
    { timeout: 60_000 },
    async (_, code) => {
      const says = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line);
      expect(says.length).toBeGreaterThan(0);
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
        cwd: ROOT,
      });
      expect(stdout.trim().split('\n')).toEqual(says);
    },
  );

  test('has them all', () => {
    expect(scripts.length).toBe(6);
  });

  test('has a page and a worker that run', { timeout: 120_000 }, async () => {
    const browser = await chromium.launch(launchOptions());
    const named = (name: string) => blocks.find(({ code }) => code.startsWith(`// ${name}`))!.code;
    const page = blocks.find(({ language }) => language === 'html')!.code.replace('./diagflow/', '/dist/');
    const server = await serve(ROOT, page);
    // As the two files of a program, with the package where a bundler would find it.
    const program = await serve(
      ROOT,
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
      {
        '/page.js': named('page.js'),
        '/worker.js': named('worker.js').replace("'diagflow'", "'/dist/index.js'"),
      },
    );
    try {
      const tab = await browser.newPage();
      await tab.goto(server.url);
      await tab.waitForFunction(() => Number((document.querySelector('#risk') as HTMLOutputElement)?.value) > 0);

      const seen: string[] = [];
      const other = await browser.newPage();
      other.on('console', (message) => seen.push(message.text()));
      await other.goto(program.url);
      await expect.poll(() => seen.at(-1), { timeout: 60_000 }).toBe('result');
      expect(new Set(seen)).toEqual(new Set(['curves', 'result']));
    } finally {
      await browser.close();
      server.close();
      program.close();
    }
  });
});
