/** One process at a time in a result folder; what a killed one left is no obstacle. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../../src/cli/lock.ts';
import { start } from './command.ts';

const LOCK = '.diagflow.lock';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diagflow-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LONG = JSON.stringify({ problem: { dimension: 2000 }, horizon: 1e4, samples: 5, methods: [{ kind: 'sgd' }] });
const SHORT = JSON.stringify({ problem: { dimension: 20 }, horizon: 1, samples: 2, methods: [{ kind: 'sgd' }] });
const SWEEP = JSON.stringify({ experiment: JSON.parse(SHORT), axes: [{ field: 'stepSize', values: [0.1, 0.2] }] });
const command = (words: string, input = '') => start(words.split(' '), folder, input);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(condition()).toBe(true);
}

describe('two processes in one folder', () => {
  test('the second is told who has it, whatever it wants there, and the first is not disturbed', async () => {
    const first = command('run - --out both --backend cpu --quiet --checkpoint-every 1s', LONG);
    const out = join(folder, 'both');
    await until(() => existsSync(join(out, 'checkpoint.diagflow')));
    const refusal = new RegExp(
      `^diagflow: --out both: process ${first.process.pid} has it since .*; wait for it, or choose another folder\n$`,
    );
    for (const [words, input] of [
      ['run - --out both --backend cpu', SHORT],
      ['sweep - --out both --backend cpu', SWEEP],
      ['run --resume both', ''],
    ]) {
      const second = await command(words, input).done;
      expect(second.stderr).toMatch(refusal);
      expect(second.status).toBe(2);
    }
    expect(existsSync(join(out, 'result.json'))).toBe(false);
    first.process.kill('SIGTERM');
    expect((await first.done).status).toBe(143);
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('of several that start together one runs', async () => {
    const all = await Promise.all(
      [1, 2, 3]
        .map(() => command('run - --out same --backend cpu', LONG))
        .map(async (one) => {
          await until(() => existsSync(join(folder, 'same', LOCK)) || one.process.exitCode !== null);
          setTimeout(() => one.process.kill('SIGTERM'), 4000);
          return one.done;
        }),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([143, 2, 2]);
  });

  test('a run that was killed leaves its folder free', async () => {
    const first = command('run - --out free --backend cpu --quiet', LONG);
    const lock = join(folder, 'free', LOCK);
    await until(() => existsSync(lock));
    first.process.kill('SIGKILL');
    await first.done;
    expect(existsSync(lock)).toBe(true);
    expect((await command('run - --out free --backend cpu --quiet', SHORT).done).status).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });
});

describe('the lock', () => {
  const path = () => join(folder, LOCK);
  const ago = (minutes: number) => {
    const then = Date.now() / 1000 - 60 * minutes;
    utimesSync(path(), then, then);
  };
  const holder = (fields: object) => {
    const one = { pid: process.pid, host: hostname(), birth: null, since: '2026-12-01T00:00:00.000Z', ...fields };
    writeFileSync(path(), `${JSON.stringify(one)}\n`);
  };

  test('is given back, and taken again', async () => {
    const first = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`process ${process.pid} has it`);
    first.release();
    first.release();
    const second = lockFolder(folder);
    first.release();
    expect(JSON.parse(readFileSync(path(), 'utf8')).pid).toBe(process.pid);
    second.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['of a process that is gone', { pid: 2 ** 22 + 1 }, 0],
    ['of a process whose number another one has now', { birth: '1' }, 0],
    ['of another machine that has not been heard of', { host: 'elsewhere' }, 6],
  ])('%s is no obstacle', async (_, fields, minutes) => {
    holder(fields);
    ago(minutes);
    lockFolder(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of another machine holds while it shows signs of life', async () => {
    holder({ host: 'elsewhere', pid: 77 });
    expect(() => lockFolder(folder)).toThrow(
      `process 77 on elsewhere has it since 2026-12-01T00:00:00.000Z; wait for it, or choose another folder; if it is gone, delete ${path()} or wait 5 minutes`,
    );
    expect(readdirSync(folder)).toEqual([LOCK]);
  });

  test('that does not say whose it is holds for as long', async () => {
    writeFileSync(path(), '{"pid":');
    expect(() => lockFolder(folder)).toThrow('another process has it');
    ago(6);
    lockFolder(folder).release();
  });
});
