/** The harness as it is called: names, exit statuses, one-line refusals; and what every peer must say of itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatBench } from '../../bench/kit/record.ts';
import { installLine, Peers } from '../../bench/peers/index.ts';
import { benchFile, rate, sixTimes } from './fixture.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'diagflow-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...words], { cwd: ROOT, encoding: 'utf8' });
const saved = (name: string, value: number) => {
  const path = join(folder, name);
  writeFileSync(path, formatBench(benchFile([rate(sixTimes(value), { dimension: 64 })])));
  return path;
};
const lines = (text: string) => text.trimEnd().split('\n').length;

/** Each starts a process that loads the engines. */
describe('npm run bench', { timeout: 300_000 }, () => {
  it('lists the sections by suite', () => {
    const { stdout, status } = bench('--list');
    expect(status).toBe(0);
    for (const name of [
      'accuracy  concentration',
      'accuracy  orders',
      'throughput  cpu',
      'throughput  gpu',
      'pde  work',
    ])
      expect(stdout).toContain(name);
  });

  it('refuses a name that does not exist, in one line that gives those that do', () => {
    const { stdout, stderr, status } = bench('throughputs', '--out', folder);
    expect([status, stdout, lines(stderr)]).toEqual([2, '', 1]);
    expect(stderr).toMatch(/"throughputs"; there are: accuracy, throughput, pde, /);
  });

  it('runs a section, writes JSON and report, and sums up on stdout', () => {
    const { stdout, status } = bench('order', '--quick', '--out', folder);
    expect(status).toBe(0);
    expect(stdout).toContain('pde / order');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['order.json', 'order.html']));
    expect(bench('compare', join(folder, 'order.json'), join(folder, 'order.json')).status).toBe(0);
  });

  it('refuses to run against what is no build of this project, and lengths that are none, in one line', () => {
    for (const words of [[folder], [ROOT, '--rounds', '0'], [ROOT, '--only', 'npu']]) {
      const { status, stderr, stdout } = bench('against', ...words);
      expect([status, stdout, lines(stderr)]).toEqual([2, '', 1]);
    }
  });

  it('runs against another build, here itself, on the CPU', () => {
    const { status, stdout } = bench('against', ROOT, '--only', 'cpu', '--rounds', '1', '--seconds', '0.01');
    expect(status).toBe(0);
    expect(lines(stdout)).toBe(5);
    expect(stdout).toMatch(/^cpu d = 10000 × 2, gaussian, \d+ steps: times as fast, wall [\d.]+ \[.*processor/);
  });

  it('compares: 0 where nothing is worse, 1 where something is, 2 for what is no bench file', () => {
    const [a, b] = [saved('a.json', 100), saved('b.json', 50)];
    expect(bench('compare', a, a).status).toBe(0);
    expect(bench('compare', b, a).status).toBe(0);
    const worse = bench('compare', a, b);
    expect(worse.status).toBe(1);
    expect(worse.stdout).toMatch(/^WORSE/);
    const foreign = bench('compare', a, join(ROOT, 'package.json'));
    expect([foreign.status, foreign.stdout, lines(foreign.stderr)]).toEqual([2, '', 1]);
    expect(foreign.stderr).toMatch(/package\.json: not a bench file/);
  });
});

describe('peers', () => {
  const scripts = (below: string) =>
    readdirSync(join(ROOT, 'bench/peers', below))
      .filter((name) => /\.(py|js)$/.test(name))
      .map((name) => `${below}${name}`);

  it.each([...scripts(''), ...scripts('browser/')])('%s says how to install what it needs', (script) => {
    expect(installLine(script)).toMatch(/^(apt-get|pip|npm) (install|i) /);
  });

  it('are skipped by name, on stderr and in the file, with the way to install them', () => {
    const said: string[] = [];
    const peers = new Peers((line) => said.push(line));
    peers.skip('NumPy', 'numpy_cpu.py', 'no Python here has what it imports');
    peers.skip('NumPy', 'numpy_cpu.py', 'no Python here has what it imports');
    expect(said).toEqual([
      expect.stringMatching(/^NumPy SKIPPED: no Python .*; install: apt-get install python3-numpy/),
    ]);
    expect(peers.states).toEqual([{ name: 'NumPy', state: 'skipped', detail: expect.stringContaining('install:') }]);
  });
});
