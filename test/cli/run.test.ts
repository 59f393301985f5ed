/** `diagflow run` and `check` on good files: what is written, printed and returned, and what happens when it is stopped. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseResultText, type Result } from '../../src/results/index.ts';
import { diagflow, type Running, start, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...path: string[]) => join(folder.path, ...path);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const SMALL = {
  problem: { dimension: 50 },
  horizon: 2,
  samples: 4,
  statistics: ['risk', 'curvature'],
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 2, timeStep: 0.1 },
    { kind: 'pde' },
    { kind: 'flow' },
  ],
};
/** Hours of SGD, behind a method that ends at once. */
const ENDLESS = { ...SMALL, problem: { dimension: 5000 }, horizon: 1000, methods: [{ kind: 'flow' }, { kind: 'sgd' }] };

const FILES = ['curves.csv', 'plot.svg', 'result.json'];
const save = (name: string, experiment: object) => writeFileSync(at(name), JSON.stringify(experiment));
const result = (...path: string[]): Result => parseResultText(readFileSync(at(...path, 'result.json'), 'utf8'));

/** Resolves when the command has said `words` on stderr. */
function said(running: Running, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    running.process.stderr!.on('data', (more: string) => {
      text += more;
      if (text.includes(words)) resolve();
    });
    running.done.then(({ stderr }) => reject(new Error(`it ended without saying "${words}": ${stderr}`)));
  });
}

describe('what a run writes', () => {
  test('result.json, curves.csv and plot.svg, a table on stdout, progress on stderr', async () => {
    save('small.json', SMALL);
    const { status, stdout, stderr } = await diagflow(['run', 'small.json'], folder.path);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readdirSync(at('results', 'small')).sort()).toEqual(FILES);

    const { experiment, provenance, curves, events, version } = result('results', 'small');
    expect(version).toBe(1);
    expect(experiment).toMatchObject({
      ...SMALL,
      seed: experiment.seed,
      stepSize: 0.5,
    });
    expect(provenance.software).toMatch(/^diagflow \d+\.\d+\.\d+/);
    expect(Object.keys(provenance.seconds)).toEqual(['sgd[0]', 'sde[1]', 'pde[2]', 'flow[3]']);
    expect(events).toEqual([]);
    expect(curves.map(({ method, index, statistic, count }) => [method, index, statistic, count])).toEqual(
      [
        ['sgd', 0, 3],
        ['sde', 1, 2],
        ['pde', 2, 1],
        ['flow', 3, 1],
      ].flatMap(([method, index, count]) =>
        ['risk', 'curvature'].map((statistic) => [method, index, statistic, count]),
      ),
    );
    for (const curve of curves) {
      expect(curve.times).toEqual([0, 0.5, 1, 1.5, 2]);
      expect(curve.mean.every(Number.isFinite)).toBe(true);
    }

    // The CSV says the same as the JSON, number for number.
    const [header, ...lines] = readFileSync(at('results', 'small', 'curves.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(header).toBe('method,index,statistic,time,mean,standardError,q10,q90,count,error,floor');
    const expected = curves.flatMap((curve) =>
      curve.times.map((time, i) => [
        curve.method,
        curve.index,
        curve.statistic,
        time,
        curve.mean[i],
        curve.standardError?.[i] ?? '',
        curve.quantiles?.['0.1'][i] ?? '',
        curve.quantiles?.['0.9'][i] ?? '',
        curve.count,
        curve.error?.[i] ?? '',
        curve.floor ?? '',
      ]),
    );
    expect(lines).toEqual(expected.map((row) => row.join(',')));

    const svg = readFileSync(at('results', 'small', 'plot.svg'), 'utf8');
    expect(svg).toMatch(/^<svg[^>]*>[\s\S]*<\/svg>\s*$/);
    expect(svg).not.toContain('NaN');
    for (const name of ['sgd[0]', 'sde[1]', 'pde[2]', 'flow[3]']) {
      expect(stdout).toContain(name);
      expect(stderr).toContain(`${name}: finished in`);
    }
    for (const name of FILES) expect(stdout).toContain(`wrote ${join('results', 'small', name)}`);
  });

  test('an experiment from standard input goes to results/stdin, or where --out says; --quiet keeps stderr empty', async () => {
    const plain = await diagflow(['run', '-', '--quiet'], folder.path, JSON.stringify(SMALL));
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(plain.stdout).toContain('sgd[0]');
    expect(readdirSync(at('results', 'stdin')).sort()).toEqual(FILES);
    const named = await diagflow(['run', '-', '--quiet', '--out', 'a/b'], folder.path, JSON.stringify(SMALL));
    expect(named).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(at('a', 'b')).sort()).toEqual(FILES);
    expect(result('a', 'b').curves).toEqual(result('results', 'stdin').curves);
  });

  test("--seed replaces the file's seed and is recorded; it changes the random methods and no others", async () => {
    save('one.json', { ...SMALL, seed: 1 });
    save('two.json', { ...SMALL, seed: 2 });
    const runs = [
      ['one.json', 'one'],
      ['one.json', 'reseeded', '--seed', '2'],
      ['two.json', 'two'],
    ];
    for (const [file, out, ...flags] of runs) {
      expect(
        await diagflow(['run', file, '--out', out, '--quiet', '--backend', 'reference', ...flags], folder.path),
      ).toMatchObject({ status: 0 });
    }
    const [one, reseeded, two] = runs.map(([, out]) => result(out));
    expect(reseeded.experiment).toEqual(two.experiment);
    expect(reseeded.curves).toEqual(two.curves);
    expect(reseeded.provenance.backend).toBe('reference');
    const random = (of: Result) =>
      of.curves.filter(({ method }) => method === 'sgd' || method === 'sde').map(({ mean }) => mean.slice(1));
    const fixed = (of: Result) => of.curves.filter(({ method }) => method === 'pde' || method === 'flow');
    for (const [i, mean] of random(one).entries()) expect(mean).not.toEqual(random(two)[i]);
    expect(fixed(one)).toEqual(fixed(two));
  });

  test('check prints the resolved experiment, which is itself a valid file that resolves to itself', async () => {
    save('small.json', SMALL);
    const { status, stdout, stderr } = await diagflow(['check', 'small.json'], folder.path);
    expect(status).toBe(0);
    const costs = /^estimated cost with the backend \w+ on this machine:(\n {2}\w+\[\d\]: .+ of memory){4}\n$/;
    expect(stderr).toMatch(costs);
    expect(JSON.parse(stdout)).toMatchObject(SMALL);
    expect(readdirSync(folder.path)).toEqual(['small.json']);
    const again = await diagflow(['check', '-'], folder.path, stdout);
    expect(again).toMatchObject({ status: 0, stdout, stderr: expect.stringMatching(costs) });
  });
});

describe('help and version', () => {
  test('--help names the commands and their options; --version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await diagflow(['--version'], folder.path)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const help = await diagflow(['--help'], folder.path);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/run .*check /s);
    const run = await diagflow(['run', '--help'], folder.path);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    for (const option of ['--out', '--backend', '--seed', '--quiet']) expect(run.stdout).toContain(option);
  });
});

describe('failures', () => {
  test('a method that fails gives status 3; the others are written, and the result says what happened', async () => {
    // Steps this large make every replica of SGD diverge at once; gradient flow does not care.
    save('wild.json', { ...SMALL, stepSize: 1000, methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }] });
    const { status, stdout, stderr } = await diagflow(['run', 'wild.json', '--out', 'out'], folder.path);
    expect(status).toBe(3);
    expect(stderr).toContain('sgd[0]');
    expect(stderr).not.toContain('    at '); // no stack
    expect(stdout).toContain('flow[1]');
    const { curves, events } = result('out');
    const [sgd, flow] = ['sgd', 'flow'].map((kind) => curves.find(({ method }) => method === kind)!);
    expect(sgd).toMatchObject({ count: 2, failed: 2 });
    expect(sgd.mean.at(-1)).toBeNull();
    expect(flow.mean.every(Number.isFinite)).toBe(true);
    expect(
      events
        .filter(({ kind }) => kind === 'diverged')
        .map(({ replica }) => replica)
        .sort(),
    ).toEqual([0, 1]);
    expect(events).toContainEqual(expect.objectContaining({ method: 'sgd', index: 0, kind: 'failed' }));
  });

  test.each([
    ['a file where the folder should be', 'taken'],
    ['a folder inside a file', join('taken', 'deep')],
    ['a folder that the system refuses', '/proc/diagflow'],
  ])('%s: one line and status 2 before anything is computed', async (_, out) => {
    writeFileSync(at('taken'), 'mine');
    save('small.json', SMALL);
    const { status, stdout, stderr } = await diagflow(['run', 'small.json', '--out', out], folder.path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^diagflow: --out [^\n]+\n$/);
    expect(stderr).toContain(out);
    expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
  });
});

describe('being stopped', () => {
  test('Ctrl-C once: what is finished is written, status 130', async () => {
    save('endless.json', ENDLESS);
    const running = start(['run', 'endless.json', '--out', 'out'], folder.path);
    await said(running, 'sgd[1]: started');
    running.process.kill('SIGINT');
    const { status, stdout, stderr } = await running.done;
    expect({ status, stderr }).toMatchObject({ status: 130 });
    expect(stdout).toContain('flow[0]');
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    const { curves, events } = result('out');
    expect(curves.find(({ method }) => method === 'flow')!.mean.every(Number.isFinite)).toBe(true);
    expect(events).toEqual([expect.objectContaining({ method: 'sgd', index: 1, kind: 'interrupted' })]);
  });

  test('Ctrl-C twice: at once, nothing half written', async () => {
    save('endless.json', ENDLESS);
    const running = start(['run', 'endless.json', '--out', 'out'], folder.path);
    await said(running, 'sgd[1]: started');
    running.process.kill('SIGINT');
    running.process.kill('SIGINT');
    expect(await running.done).toMatchObject({ status: 130 });
    const left = existsSync(at('out')) ? readdirSync(at('out')) : [];
    expect(left.filter((name) => !FILES.includes(name))).toEqual([]);
  });

  test('a reader that closes the pipe is no failure: the files are written, no complaint', async () => {
    save('small.json', SMALL);
    const running = start(['run', 'small.json', '--out', 'out', '--quiet'], folder.path);
    running.process.stdout!.destroy();
    const { status, stderr } = await running.done;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
  });
});
