/** `diagflow sweep`, `run --shard` and `merge` as commands: files, exit statuses, going on after Ctrl-C, and what is refused. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diagflow, start, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...path: string[]) => join(folder.path, ...path);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const save = (name: string, content: object) => writeFileSync(at(name), JSON.stringify(content));
const read = (...path: string[]) => JSON.parse(readFileSync(at(...path), 'utf8'));
const command = (...args: string[]) => diagflow([...args, '--backend', 'cpu', '--quiet'], folder.path);
const isOneLine = (text: string) => /^[^\n]+\n$/.test(text);

const EXPERIMENT = { problem: { dimension: 20 }, horizon: 2, samples: 4, methods: [{ kind: 'sgd', replicas: 5 }] };
const SWEEP = { experiment: EXPERIMENT, axes: [{ field: 'stepSize', values: [0.2, 0.4, 0.8] }] };

describe('sweep', () => {
  test('writes sweep.json, sweep.csv and sweep.svg, and nothing else stays', async () => {
    save('grid.json', SWEEP);
    expect(await command('sweep', 'grid.json')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(at('results', 'grid')).sort()).toEqual(['sweep.csv', 'sweep.json', 'sweep.svg']);
    const { format, points } = read('results', 'grid', 'sweep.json');
    expect(format).toBe('diagflow-sweep');
    expect(points.map(({ values }: { values: number[] }) => values)).toEqual([[0.2], [0.4], [0.8]]);
  });

  test('check validates a sweep, and prints its axes and its experiment with every default', async () => {
    save('grid.json', { ...SWEEP, axes: [{ field: 'stepSize', from: 0.5, to: 2, count: 3, scale: 'log' }] });
    const good = await diagflow(['check', 'grid.json'], folder.path);
    expect(good).toMatchObject({ status: 0, stderr: '' });
    const { axes, experiment } = JSON.parse(good.stdout);
    expect(axes).toEqual([{ field: 'stepSize', values: [0.5, 1, 2], scale: 'log' }]);
    expect(experiment).toMatchObject({ stepSize: 0.5, seed: 1 });
    save('bad.json', { ...SWEEP, axes: [{ field: 'gamma', values: [1] }] });
    const bad = await diagflow(['check', 'bad.json'], folder.path);
    expect(bad).toMatchObject({ status: 2, stdout: '' });
    expect(bad.stderr).toMatch(/^diagflow: bad\.json: axes\[0\]\.field: .*"gamma"\n$/);
  });

  test('stopped by Ctrl-C it keeps its points, and the same command goes on from there', async () => {
    // Points of a good part of a second each.
    const slow = { ...EXPERIMENT, problem: { dimension: 600 }, horizon: 20, methods: [{ kind: 'sgd', replicas: 8 }] };
    save('slow.json', { experiment: slow, axes: [{ field: 'seed', from: 1, to: 12, count: 12 }] });
    const running = start(['sweep', 'slow.json', '--out', 'out', '--backend', 'cpu'], folder.path);
    const journal = () =>
      existsSync(at('out', 'points.jsonl')) ? readFileSync(at('out', 'points.jsonl'), 'utf8') : '';
    while (journal().split('\n').length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    running.process.kill('SIGINT');
    const stopped = await running.done;
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain('the same command goes on from there');
    const kept = journal()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(12);
    // A line cut off by a crash is passed over; another sweep does not take these points for its own.
    writeFileSync(at('out', 'points.jsonl'), `${journal()}{"index": 11, "val`);
    save('other.json', SWEEP);
    const other = await command('sweep', 'other.json', '--out', 'out');
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toContain('points of another sweep');
    expect(await command('sweep', 'slow.json', '--out', 'out')).toMatchObject({ status: 0 });
    const { points } = read('out', 'sweep.json');
    expect(points).toHaveLength(12);
    for (const point of kept) expect(points[point.index]).toEqual(point);
    expect(readdirSync(at('out')).sort()).toEqual(['sweep.csv', 'sweep.json', 'sweep.svg']);
  });

  test('--shard and merge give the file of the whole sweep', async () => {
    save('grid.json', SWEEP);
    await command('sweep', 'grid.json', '--out', 'whole');
    for (const shard of ['1/2', '2/2'])
      await command('sweep', 'grid.json', '--shard', shard, '--out', `part${shard[0]}`);
    const merged = await diagflow(['merge', 'part2', 'part1', '--out', 'merged'], folder.path);
    expect(merged).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(at('merged', 'sweep.csv'), 'utf8')).toBe(readFileSync(at('whole', 'sweep.csv'), 'utf8'));
  });
});

describe('run --shard and merge', () => {
  test('give the curves of the whole run', async () => {
    save('small.json', EXPERIMENT);
    await command('run', 'small.json', '--out', 'whole');
    for (const shard of ['1/2', '2/2']) {
      const part = await command('run', 'small.json', '--shard', shard, '--out', `part${shard[0]}`);
      expect(part).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(at(`part${shard[0]}`, 'shard.diagflow'))).toBe(true);
    }
    const merged = await diagflow(['merge', 'part1', join('part2', 'shard.diagflow'), '--out', 'merged'], folder.path);
    expect(merged).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(at('merged')).sort()).toEqual(['curves.csv', 'plot.svg', 'result.json']);
    const [whole, together] = [read('whole', 'result.json'), read('merged', 'result.json')];
    together.curves[0].mean.forEach((mean: number, k: number) => {
      expect(Math.abs(mean / whole.curves[0].mean[k] - 1)).toBeLessThan(1e-12);
    });
    expect(together.curves[0].count).toBe(5);
  });

  test('what cannot be merged is refused in one line, and nothing is written', async () => {
    save('a.json', EXPERIMENT);
    save('b.json', { ...EXPERIMENT, stepSize: 0.3 });
    await command('run', 'a.json', '--shard', '1/2', '--out', 'a1');
    await command('run', 'b.json', '--shard', '2/2', '--out', 'b2');
    writeFileSync(at('cut.diagflow'), readFileSync(at('a1', 'shard.diagflow')).subarray(0, 1000));
    mkdirSync(at('empty'));
    const before = readdirSync(folder.path).sort();
    for (const [sources, words] of [
      [['a1', 'b2'], 'differ in stepSize (0.5 and 0.3)'],
      [['a1'], '1 of 2 shards missing: 2/2'],
      [['a1', 'a1'], 'the same shard'],
      [['a1', 'nowhere'], 'nowhere'],
      [['cut.diagflow'], 'cut.diagflow: is torn: it must have'],
      [['a.json'], 'a.json: must be a shard.diagflow'],
      [['empty'], `${join('empty', 'shard.diagflow')}: cannot be read: no such file`],
      [['/dev/zero'], '/dev/zero: must be a file'],
    ] as const) {
      const { status, stdout, stderr } = await diagflow(['merge', ...sources, '--out', 'merged'], folder.path);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toSatisfy(isOneLine);
      expect(stderr).toContain(words);
    }
    expect(readdirSync(folder.path).sort()).toEqual(before);
  });
});

test('bad shards, sweeps, thresholds and an impossible until: status 2, one line that names it, nothing written', async () => {
  const until = { statistic: 'risk', relativeError: 0 };
  save('good.json', EXPERIMENT);
  save('sweep.json', SWEEP);
  save('bad-sweep.json', { ...SWEEP, axes: [{ field: 'stepSize', values: [1, -3] }] });
  save('bad-until.json', { ...EXPERIMENT, methods: [{ kind: 'sgd', until }] });
  save('bad-threshold.json', { ...EXPERIMENT, estimates: [{ kind: 'tail', above: 1, confidence: 2 }] });
  save('open.json', { ...EXPERIMENT, methods: [{ kind: 'sgd', until: { ...until, relativeError: 0.1 } }] });
  const before = readdirSync(folder.path).sort();
  for (const [args, words] of [
    [['run', 'good.json', '--shard', '0/2'], '0/2'],
    [['run', 'good.json', '--shard', '3/2'], '3/2'],
    [['run', 'good.json', '--shard', '1'], '1 ≤ i ≤ n'],
    [['sweep', 'sweep.json', '--shard', 'a/b'], 'a/b'],
    [['sweep', 'bad-sweep.json'], 'found -3'],
    [['sweep', 'good.json'], 'good.json: is an experiment; run it with: diagflow run good.json'],
    [['run', 'bad-until.json'], 'methods[0].until.relativeError'],
    [['run', 'bad-threshold.json'], 'estimates[0].confidence'],
    [['run', 'open.json', '--shard', '1/2'], 'methods[0].until'],
    [['merge', 'good.json'], '--out'],
  ] as const) {
    const { status, stdout, stderr } = await diagflow(args, folder.path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toSatisfy(isOneLine);
    expect(stderr).toContain(words);
  }
  expect(readdirSync(folder.path).sort()).toEqual(before);
});
