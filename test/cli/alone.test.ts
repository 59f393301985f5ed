/** What works from the package alone: examples by name, fields changed on the command line, help, completion, arrays for NumPy. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseResultText } from '../../src/results/index.ts';
import { CLI, diagflow, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...path: string[]) => join(folder.path, ...path);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const save = (name: string, value: object) => writeFileSync(at(name), JSON.stringify(value));
const resolved = async (...args: string[]) => {
  // What the methods will cost is said on stderr.
  const { status, stdout, stderr } = await diagflow(['check', ...args], folder.path);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
};
const SMALL = { problem: { dimension: 20 }, horizon: 1, samples: 4, methods: [{ kind: 'sgd', replicas: 2 }] };
const GRID = { experiment: SMALL, axes: [{ field: 'stepSize', values: [0.1, 0.2] }] };

describe('examples by name', () => {
  test('every example of the repository can be named; a file of that name comes first', async () => {
    for (const kind of ['examples', 'examples/sweeps'])
      for (const file of readdirSync(new URL(`../../${kind}`, import.meta.url)).filter((name) =>
        name.endsWith('.json'),
      ))
        expect(await resolved(file.replace('.json', '')), file).toMatchObject(
          kind === 'examples' ? { problem: {} } : { axes: {} },
        );
    save('quickstart', SMALL);
    expect((await resolved('quickstart')).problem.dimension).toBe(20);
  });

  test('runs one, its results called after it', async () => {
    const changes = ['problem.dimension=32', 'samples=2', 'horizon=1', 'methods=[{"kind": "flow"}]'];
    const args = ['run', 'quickstart', '--quiet', ...changes.flatMap((change) => ['--set', change])];
    expect(await diagflow(args, folder.path)).toMatchObject({ status: 0, stderr: '' });
    const { experiment } = parseResultText(readFileSync(at('results', 'quickstart', 'result.json'), 'utf8'));
    expect(experiment).toMatchObject({ problem: { dimension: 32 }, samples: 2, methods: [{ kind: 'flow' }] });
  });
});

describe('--set', () => {
  test.each<[string, string[], object]>([
    ['a number', ['stepSize=0.8'], { stepSize: 0.8 }],
    ['a field below one that the file leaves out', ['problem.target.value=2'], { problem: { target: { value: 2 } } }],
    ['a word', ['problem.parametrization=square'], { problem: { parametrization: 'square' } }],
    ['an object', ['problem.covariance={"kind": "power-law"}'], { problem: { covariance: { exponent: 1 } } }],
    ['an entry of a list', ['methods[0].replicas=5'], { methods: [{ replicas: 5 }] }],
    ['the later of two', ['seed=2', 'seed=3'], { seed: 3 }],
    ['nothing: the default', ['samples='], { samples: 100 }],
    ['one field instead of another', ['samples=', 'times=[0.5, 1]'], { times: [0.5, 1] }],
  ])('%s', async (_, changes, expected) => {
    save('small.json', SMALL);
    const args = changes.flatMap((change) => ['--set', change]);
    expect(await resolved('small.json', ...args)).toMatchObject(expected);
  });

  test('a file that cannot be read without the change', async () => {
    save('part.json', { ...SMALL, problem: {} });
    expect(await resolved('part.json', '--set', 'problem.dimension=7')).toMatchObject({ problem: { dimension: 7 } });
  });

  test('of a sweep', async () => {
    save('grid.json', GRID);
    const changed = await resolved(
      'grid.json',
      '--set',
      'experiment.problem.dimension=9',
      '--set',
      'axes[0].values=[1]',
    );
    expect(changed).toMatchObject({ experiment: { problem: { dimension: 9 } }, axes: [{ values: [1] }] });
  });
});

describe.concurrent('in one line, with status 2, and nothing written', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown example', ['run', 'quickstrat'], /no such file, and no example of that name; examples: .*quickstart/],
    ['a field that does not exist', ['run', 'quickstart', '--set', 'gamma=1'], /gamma: is no field/],
    ['a value that is not allowed', ['check', 'quickstart', '--set', 'stepSize=-1'], /stepSize: must .*found -1/],
    ['an entry that is not there', ['run', 'quickstart', '--set', 'methods[9].replicas=1'], /has 4 entries/],
    ['no list', ['check', 'quickstart', '--set', 'problem[0]=1'], /no list/],
    ['no field', ['check', 'quickstart', '--set', '=1'], /FIELD=VALUE/],
    ['no value', ['check', 'quickstart', '--set', 'stepSize'], /FIELD=VALUE/],
    ['half a value', ['check', 'quickstart', '--set', 'times=[1,'], /neither JSON nor a single word/],
    ['a change of what is gone on with', ['run', '--resume', '.', '--set', 'seed=1'], /leave out --set/],
    ['a sweep given to run', ['run', 'phase-diagram'], /is a sweep .*: diagflow sweep phase-diagram/],
    ['an experiment given to sweep', ['sweep', 'quickstart'], /is an experiment; .*: diagflow run quickstart/],
    ['help of an unknown command', ['help', 'simulate'], /unknown command 'simulate'/],
    ['completion of an unknown shell', ['completion', 'tcsh'], /tcsh.*bash, zsh, fish, powershell/],
    ['a result that is not there', ['lab', 'nowhere'], /nowhere: cannot be read/],
    ['a port that is none', ['lab', '--port', '70000'], /70000/],
  ])('%s', async (_, args, words) => {
    const cwd = temporaryFolder();
    try {
      const { status, stdout, stderr } = await diagflow(args, cwd.path);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr).toMatch(words);
      expect(readdirSync(cwd.path)).toEqual([]);
    } finally {
      cwd.drop();
    }
  });
});

describe('help', () => {
  test('the bare command, -h, --help and help say the same; -V and --version too', async () => {
    const [bare, ...others] = await Promise.all(
      [[], ['-h'], ['--help'], ['help']].map((args) => diagflow(args, folder.path)),
    );
    expect(bare).toMatchObject({ status: 0, stderr: '' });
    for (const command of ['run', 'sweep', 'merge', 'check', 'lab', 'doctor', 'completion'])
      expect(bare.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    for (const other of others) expect(other).toEqual(bare);
    const [short, long] = await Promise.all([['-V'], ['--version']].map((args) => diagflow(args, folder.path)));
    expect(short).toEqual(long);
    expect(await diagflow(['help', 'run'], folder.path)).toEqual(await diagflow(['run', '-h'], folder.path));
  });
});

test('the run says which backend it took, and why', async () => {
  save('small.json', SMALL);
  const cpu = await diagflow(['run', 'small.json', '--backend', 'cpu'], folder.path);
  expect(cpu.stderr).toContain('backend cpu (asked for)');
  const auto = await diagflow(['run', 'small.json'], folder.path);
  expect(auto.stderr).toMatch(/^backend (cpu \(auto, .*GPU.*\)|gpu \(auto, .*\))$/m);
});

describe('completion', () => {
  /** What bash would offer after the last word. */
  const offered = (...words: string[]): string[] => {
    mkdirSync(at('bin'), { recursive: true });
    if (!existsSync(at('bin', 'diagflow'))) symlinkSync(CLI, at('bin', 'diagflow'));
    const script = `source <(diagflow completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _diagflow; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` };
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'diagflow', ...words], {
      cwd: folder.path,
      env,
    });
    expect(String(stderr)).toBe('');
    return String(stdout).trim().split('\n');
  };

  test('of commands, options, their choices, examples and files, in bash', () => {
    writeFileSync(at('mine.json'), '{}');
    expect(offered('r')).toEqual(['run']);
    expect(offered('run', '--ba')).toEqual(['--backend']);
    expect(offered('run', '--backend', '')).toEqual(['auto', 'gpu', 'cpu', 'reference']);
    expect(offered('run', 'mi')).toEqual(['minibatch-square', 'mine.json']);
    expect(offered('sweep', 'ph')).toEqual(['phase-diagram']);
    expect(offered('lab', 'mi')).toEqual(['mine.json']);
    expect(offered('run', '--out', 'bi')).toEqual(['bin']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell']);
  });
});

test('--npz writes what result.json says, as float64 arrays by method and statistic', async () => {
  const methods = [{ kind: 'sgd', replicas: 3 }, { kind: 'pde' }];
  save('small.json', { ...SMALL, statistics: ['risk', { name: 'third', expression: 'u^3' }], methods });
  expect(await diagflow(['run', 'small.json', '--npz', '--quiet', '--out', '.'], folder.path)).toMatchObject({
    status: 0,
  });
  const { curves } = parseResultText(readFileSync(at('result.json'), 'utf8'));
  const arrays = unzipSync(readFileSync(at('curves.npz')));
  const array = (name: string): number[] => {
    const bytes = arrays[`${name}.npy`];
    expect(String.fromCharCode(...bytes.subarray(1, 8))).toBe('NUMPY\x01\x00');
    const begins = 10 + bytes[8] + 256 * bytes[9];
    expect(begins % 64).toBe(0);
    const header = String.fromCharCode(...bytes.subarray(10, begins));
    expect(header).toMatch(/^\{'descr': '<f8', 'fortran_order': False, 'shape': \(5,\), \} *\n$/);
    return [...new Float64Array(bytes.slice(begins).buffer)];
  };
  for (const { method, index, statistic, times, mean, standardError, quantiles, count } of curves) {
    const name = `${method}[${index}]`;
    expect(array(`${name}.times`)).toEqual(times);
    expect(array(`${name}.${statistic}`)).toEqual(mean);
    expect(array(`${name}.${statistic}.count`)).toEqual(times.map(() => count));
    if (standardError) expect(array(`${name}.${statistic}.standardError`)).toEqual(standardError);
    if (quantiles) expect(array(`${name}.${statistic}.q90`)).toEqual(quantiles['0.9']);
  }
  // Times, and of two statistics mean and count; of SGD the errors and two quantiles as well.
  expect(Object.keys(arrays)).toHaveLength(2 + 2 * 2 * 2 + 2 * 3);
});
