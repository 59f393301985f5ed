/** `diagflow plot` as it is installed: the same pictures as those of runs, in three formats; what it cannot draw is told in one line. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, diagflow, temporaryFolder } from './command.ts';

const EXPERIMENT = {
  problem: { dimension: 16 },
  horizon: 1,
  samples: 4,
  statistics: ['risk', 'curvature'],
  methods: [{ kind: 'sgd', replicas: 3 }, { kind: 'pde' }],
};
const SWEEP = {
  experiment: { ...EXPERIMENT, statistics: ['risk'] },
  axes: [
    { field: 'stepSize', values: [0.5, 1] },
    { field: 'problem.initialization.u', values: [0.5, 1] },
  ],
};

const folder = temporaryFolder();
const at = (...parts: string[]) => join(folder.path, ...parts);
const run = (...args: string[]) => diagflow(args, folder.path);

beforeAll(async () => {
  writeFileSync(at('one.json'), JSON.stringify(EXPERIMENT));
  writeFileSync(at('sweep.json'), JSON.stringify(SWEEP));
  for (const step of ['0.5', '1'])
    await run('run', 'one.json', '--quiet', '--set', `stepSize=${step}`, '--out', `g${step}`);
  await run('sweep', 'sweep.json', '--quiet', '--out', 'grid');
  await run('run', 'one.json', '--quiet', '--shard', '1/2', '--out', 'part');
}, 120_000);
afterAll(() => folder.drop());

describe('the picture', () => {
  it('of one result or sweep is the one that the run has written, byte for byte', async () => {
    const { status, stdout, stderr } = await run('plot', 'g0.5');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(readFileSync(at('g0.5', 'plot.svg'), 'utf8'));
    expect((await run('plot', 'grid')).stdout).toBe(readFileSync(at('grid', 'sweep.svg'), 'utf8'));
    expect((await run('plot', 'grid/sweep.json')).stdout).toBe(readFileSync(at('grid', 'sweep.svg'), 'utf8'));
  });

  it('of several is named after what differs, in all formats, as wide as it is asked for', async () => {
    const results = ['g0.5', 'g1/result.json'];
    const svg = await run(
      'plot',
      ...results,
      '--statistic',
      'risk',
      '--x',
      'log',
      '--theme',
      'print',
      '--width',
      '85',
      '--out',
      'a.svg',
    );
    expect([svg.status, svg.stdout, svg.stderr]).toEqual([0, 'wrote a.svg\n', '']);
    const text = readFileSync(at('a.svg'), 'utf8');
    expect(text).toMatch(/^<svg [^>]*width="85mm"/);
    expect(text).toContain('>γ = 0.5<');
    expect(text).toContain('>γ = 1<');
    expect(text).not.toContain('>curvature');
    await run('plot', ...results, '--width', '85', '--out', 'a.PNG');
    const png = readFileSync(at('a.PNG'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // 300 dots an inch.
    expect(png.readUInt32BE(16)).toBe(Math.round((85 / 25.4) * 300));
    expect(png.includes('pHYs')).toBe(true);
    expect(png.toString('utf8')).toMatch(/iTXtComment.*"software":"diagflow/s);
    await run('plot', ...results, '--out', 'a.pdf');
    expect(readFileSync(at('a.pdf')).subarray(0, 8).toString()).toBe('%PDF-1.7');
  });
});

it.each([
  [
    'a statistic that was not measured',
    ['g0.5', '--statistic', 'l1'],
    /^diagflow: --statistic "l1": must be one that was measured \(risk, curvature\)/,
  ],
  [
    'one that a sweep has not',
    ['grid', '--statistic', 'oven'],
    /--statistic "oven": must be one that the sweep measured \(risk, rate, blowUp\)/,
  ],
  ['a missing file', ['nowhere.json'], /nowhere.json: cannot be read: no such file or directory/],
  ['an empty folder', ['empty'], /empty: holds neither result.json nor sweep.json/],
  ['an experiment', ['one.json'], /one.json: is an experiment, not a result; run it first: diagflow run one.json/],
  [
    'a sweep that was not run',
    ['sweep.json'],
    /sweep.json: is a sweep file, not its result; run it first: diagflow sweep sweep.json/,
  ],
  [
    'a checkpoint',
    ['state/checkpoint.diagflow'],
    /is a checkpoint, not a result; go on with it: diagflow run --resume state/,
  ],
  ['an unfinished run', ['state'], /state: holds an unfinished run; go on with it: diagflow run --resume state/],
  [
    'a folder of a shard alone',
    ['alone'],
    /alone: holds a shard, not a result; put all shards together with: diagflow merge/,
  ],
  ['a shard by its file', ['part/shard.diagflow'], /is a shard, not a result/],
  ['results and sweeps together', ['g0.5', 'grid'], /g0.5 is a result and grid a sweep; draw them apart/],
  [
    'estimates that there are not',
    ['g0.5', '--show', 'estimates'],
    /--show estimates: the result has none; ask for them in "estimates"/,
  ],
  ['an unknown part', ['g0.5', '--show', 'oven'], /must be of curves, residual/i],
  ['an unknown scale', ['g0.5', '--x', 'oven'], /--x.*linear, log/],
  ['a width of nothing', ['g0.5', '--width', '0'], /must be 40 to 1200 millimetres/i],
  ['no result', [], /missing required argument/],
])('%s is told in one line, and nothing is written', async (_, args, message) => {
  mkdirSync(at('empty'), { recursive: true });
  mkdirSync(at('state'), { recursive: true });
  cpSync(at('part', 'shard.diagflow'), at('alone', 'shard.diagflow'));
  writeFileSync(at('state', 'checkpoint.diagflow'), 'diagflow-checkpoint 3 2 00\n{}');
  const before = readdirSync(folder.path);
  const { status, stdout, stderr } = await run('plot', ...args, '--out', 'bad.svg');
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(readdirSync(folder.path)).toEqual(before);
});

it.each([
  ['bad.gif', /--out bad.gif: must end in .svg, .png or .pdf/],
  ['nowhere/bad.svg', /--out nowhere\/bad.svg: there is no folder nowhere; make it first/],
  ['bad', /must end in/],
])('--out %s is refused before anything is read', async (out, message) => {
  const { status, stderr } = await run('plot', 'not-there.json', '--out', out);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});

it('without the package that draws PNG it says what to install', async () => {
  // The command as it is installed, with nothing that is optional.
  const own = temporaryFolder();
  const root = join(dirname(CLI), '..');
  for (const part of ['package.json', 'fonts', 'dist/cli.js', 'dist/cli', 'dist/cli-workers.js', 'dist/worker.js'])
    if (existsSync(join(root, part))) cpSync(join(root, part), join(own.path, part), { recursive: true });
  mkdirSync(join(own.path, 'node_modules'));
  for (const name of ['commander', 'cli-progress', 'sirv'])
    symlinkSync(join(root, 'node_modules', name), join(own.path, 'node_modules', name));
  const { spawnSync } = await import('node:child_process');
  const plot = (out: string) =>
    spawnSync(process.execPath, [join(own.path, 'dist/cli.js'), 'plot', 'g1', '--out', out], {
      cwd: folder.path,
      encoding: 'utf8',
    });
  const png = plot('c.png');
  expect([png.status, png.stderr]).toEqual([
    2,
    'diagflow: --out c.png: PNG needs the package @resvg/resvg-wasm, which is not installed; npm install @resvg/resvg-wasm, or take .svg or .pdf\n',
  ]);
  expect(existsSync(at('c.png'))).toBe(false);
  expect(plot('c.pdf').status).toBe(0);
  own.drop();
});
