/** A run that is killed at any moment and gone on with gives the result of the run that was left alone. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseResultText, type Result } from '../../src/results/index.ts';
import { CHECKPOINT_FORMAT } from '../../src/run/checkpoint.ts';
import { readShard } from '../../src/run/index.ts';
import { sourceOf } from '../run/bytes.ts';
import { CLI, diagflow, start, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...path: string[]) => join(folder.path, ...path);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const FILES = ['curves.csv', 'plot.svg', 'result.json'];
const CHECKPOINT = 'checkpoint.diagflow';
/** How it begins, and would in the next version. */
const [HEAD, NEXT] = [0, 1].map((later) => `${CHECKPOINT_FORMAT.name} ${CHECKPOINT_FORMAT.version + later}`);

/** Every kind of method, one of whose ensembles runs to a precision, and one that diverges in part; estimates that hold paths in flight. */
const MIXED = {
  problem: { dimension: 600, labelNoise: 0.1, target: { kind: 'gaussian', scale: 1 } },
  stepSize: 0.7,
  horizon: 4,
  samples: 12,
  statistics: ['risk', 'curvature', { name: 'odd', expression: 'log(beta)' }],
  methods: [
    { kind: 'sgd', replicas: 7 },
    { kind: 'sde', replicas: 3, timeStep: 0.01 },
    { kind: 'flow' },
    { kind: 'sde', replicas: 3, timeStep: 0.02, coupling: 'mean-field' },
    { kind: 'sgd', until: { statistic: 'risk', relativeError: 0.02 } },
    { kind: 'pde', tolerance: 1e-4 },
    { kind: 'sde', replicas: 2, timeStep: 0.05, coupling: 'mean-field', varianceReduction: 'control-variate' },
  ],
  estimates: [
    { kind: 'rate', from: 2, to: 4 },
    { kind: 'convergence', constant: 2, rate: 0.3 },
    { kind: 'distribution', statistic: 'risk' },
    { kind: 'blow-up', before: 4 },
  ],
  seed: 4,
};

/** For the software adapter, which is slow. */
const FEW = {
  ...MIXED,
  problem: { ...MIXED.problem, dimension: 300 },
  samples: 4,
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 3, timeStep: 0.01 },
  ],
};

function resultOf(...path: string[]): Result {
  return parseResultText(readFileSync(at(...path, 'result.json'), 'utf8'));
}

/** Without the times it took. */
function numbersOf({ provenance, ...rest }: Result) {
  const { seconds, started: _, ...same } = provenance;
  return { ...rest, provenance: { ...same, methods: Object.keys(seconds) } };
}

/** A fixed sequence of numbers in [0, 1). */
function sequence(seed: number): () => number {
  let x = seed;
  return () => {
    x = (1103515245 * x + 12345) % 2 ** 31;
    return x / 2 ** 31;
  };
}

/** A second or a few of SGD. */
const LONG = {
  problem: { dimension: 3000 },
  horizon: 4,
  samples: 4,
  methods: [{ kind: 'sgd', replicas: 4 }],
};

function pipeAt(...path: string[]): void {
  mkdirSync(at(path[0]), { recursive: true });
  spawnSync('mkfifo', [at(...path)]);
}

function symlinkAt(directory: string, name: string, to = name): void {
  mkdirSync(at(directory), { recursive: true });
  symlinkSync(to, at(directory, name));
}

function holeAt(directory: string, name: string, size: number): void {
  mkdirSync(at(directory), { recursive: true });
  writeFileSync(at(directory, name), '');
  truncateSync(at(directory, name), size);
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts the command and kills it once it has written some checkpoints of its own, and a moment later. Null if it came to its end first. */
async function killed(args: readonly string[], out: string, checkpoints: number, later: number) {
  const path = at(out, CHECKPOINT);
  const stamp = () => (existsSync(path) ? statSync(path).mtimeMs : 0);
  const running = start(args, folder.path);
  let over = false;
  running.done.then(() => {
    over = true;
  });
  let last = stamp();
  for (let seen = 0; seen < checkpoints && !over; ) {
    await wait(1);
    const now = stamp();
    if (now !== last) seen++;
    last = now;
  }
  await wait(later);
  running.process.kill('SIGKILL');
  const { status } = await running.done;
  return status === null;
}

/** Kills a run `kills` times at moments of a seeded sequence, then lets it come to its end; its result. */
async function broken(file: string, backend: string, kills: number, seed: number): Promise<Result> {
  const random = sequence(seed);
  const moment = () => [1 + Math.floor(6 * random()), 60 * random()] as const;
  let hits = 0;
  const first = ['run', file, '--backend', backend, '--out', 'broken', '--checkpoint-every', '5ms', '--quiet'];
  if (await killed(first, 'broken', ...moment())) hits++;
  for (let k = 1; k < kills; k++) {
    if (!existsSync(at('broken', CHECKPOINT))) break;
    if (await killed(['run', '--resume', 'broken', '--quiet'], 'broken', ...moment())) hits++;
  }
  expect(hits).toBeGreaterThan(1);
  const { status, stderr } = await diagflow(['run', '--resume', 'broken', '--quiet'], folder.path);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(readdirSync(at('broken')).sort()).toEqual(FILES);
  return resultOf('broken');
}

describe('SIGKILL at any moment', () => {
  test.each([
    ['reference', 1],
    ['cpu', 2],
    ['gpu', 3],
  ] as const)(
    '%s: the same result.json and curves.csv, but for the times',
    async (backend, seed) => {
      writeFileSync(at('mixed.json'), JSON.stringify(backend === 'gpu' ? FEW : MIXED));
      const args = ['run', 'mixed.json', '--backend', backend, '--out', 'whole', '--quiet'];
      expect(await diagflow(args, folder.path)).toMatchObject({ status: 0, stderr: '' });
      const result = await broken('mixed.json', backend, backend === 'gpu' ? 3 : 6, seed);
      expect(numbersOf(result)).toEqual(numbersOf(resultOf('whole')));
      expect(result.provenance.backend).toBe(backend);
      expect(readFileSync(at('broken', 'curves.csv'), 'utf8')).toBe(readFileSync(at('whole', 'curves.csv'), 'utf8'));
    },
    240_000,
  );

  test('a shard: the same shard.diagflow, which merges', async () => {
    writeFileSync(at('small.json'), JSON.stringify({ ...MIXED, methods: [{ kind: 'sgd', replicas: 16 }] }));
    const shard = (out: string, i: number) => [
      'run',
      'small.json',
      '--backend',
      'cpu',
      '--quiet',
      '--out',
      out,
      '--shard',
      `${i}/2`,
    ];
    for (const i of [1, 2]) expect(await diagflow(shard(`whole-${i}`, i), folder.path)).toMatchObject({ status: 0 });
    await killed([...shard('broken', 2), '--checkpoint-every', '5ms'], 'broken', 3, 7);
    expect(await diagflow(['run', '--resume', 'broken', '--quiet'], folder.path)).toMatchObject({
      status: 0,
      stderr: '',
    });
    const file = async (out: string) => {
      const bytes = Uint8Array.from(readFileSync(at(out, 'shard.diagflow')));
      const { result, ...rest } = await readShard(sourceOf(bytes));
      return { ...rest, result: numbersOf(result) };
    };
    expect(await file('broken')).toEqual(await file('whole-2'));
    const merged = await diagflow(['merge', 'whole-1', 'broken', '--out', 'merged'], folder.path);
    expect(merged).toMatchObject({ status: 0 });
  }, 120_000);
});

const SMALL = { problem: { dimension: 300 }, horizon: 3, samples: 3, methods: [{ kind: 'sgd', replicas: 6 }], seed: 2 };
/** Hours. */
const ENDLESS = { ...SMALL, problem: { dimension: 5000 }, horizon: 2000 };

/** Of the endless run, once it was made. */
let endless: Buffer | undefined;

/** A folder with the checkpoint of a run that was killed on the way. */
async function unfinished(out: string, experiment: object = ENDLESS, backend = 'cpu'): Promise<void> {
  if (experiment === ENDLESS && endless) {
    mkdirSync(at(out));
    writeFileSync(at(out, CHECKPOINT), endless);
    return;
  }
  writeFileSync(at(`${out}.json`), JSON.stringify(experiment));
  const args = ['run', `${out}.json`, '--out', out, '--backend', backend, '--checkpoint-every', '20ms', '--quiet'];
  expect(await killed(args, out, 3, 0)).toBe(true);
  if (experiment === ENDLESS) endless = readFileSync(at(out, CHECKPOINT));
}

describe('the folder', () => {
  test('a run that has ended leaves no checkpoint; going on with it tells the result again and changes nothing', async () => {
    writeFileSync(at('small.json'), JSON.stringify(SMALL));
    const run = ['run', 'small.json', '--out', 'out', '--checkpoint-every', '10ms', '--quiet'];
    const first = await diagflow(run, folder.path);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    const before = FILES.map((name) => statSync(at('out', name)).mtimeMs);
    const again = await diagflow(['run', '--resume', 'out'], folder.path);
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('has come to its end already');
    expect(first.stdout).toContain(again.stdout.trim());
    expect(FILES.map((name) => statSync(at('out', name)).mtimeMs)).toEqual(before);
  });

  test('Ctrl-C keeps the checkpoint, and says how to go on', async () => {
    await unfinished('out');
    const running = start(['run', '--resume', 'out'], folder.path);
    await new Promise<void>((resolve) => {
      running.process.stderr!.on('data', (text: string) => text.includes('started') && resolve());
    });
    running.process.kill('SIGINT');
    const { status, stderr } = await running.done;
    expect({ status, stderr }).toMatchObject({ status: 130 });
    expect(stderr).toContain('diagflow run --resume out');
    expect(readdirSync(at('out')).sort()).toEqual([CHECKPOINT, ...FILES]);
    expect(await killed(['run', '--resume', 'out', '--quiet'], 'out', 1, 0)).toBe(true);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s makes one more checkpoint, long before it is due',
    async (signal, expected) => {
      writeFileSync(at('long.json'), JSON.stringify(LONG));
      // The slower engine: no machine is through with it by then.
      const args = ['run', 'long.json', '--backend', 'reference'];
      const running = start([...args, '--out', 'out', '--checkpoint-every', '1h'], folder.path);
      await new Promise<void>((resolve) => {
        running.process.stderr!.on('data', (text: string) => text.includes('started') && resolve());
      });
      // That of the start holds no method.
      const begun = statSync(at('out', CHECKPOINT)).size;
      await wait(100);
      running.process.kill(signal);
      const { status, stderr } = await running.done;
      expect({ status, stderr }).toMatchObject({ status: expected });
      expect(statSync(at('out', CHECKPOINT)).size).toBeGreaterThan(begun + 16 * LONG.problem.dimension);
      expect(await diagflow(['run', '--resume', 'out', '--quiet'], folder.path)).toMatchObject({ status: 0 });
      expect(await diagflow([...args, '--out', 'whole', '--quiet'], folder.path)).toMatchObject({ status: 0 });
      expect(numbersOf(resultOf('out'))).toEqual(numbersOf(resultOf('whole')));
    },
    240_000,
  );

  test.each([
    ['that cannot be written whole', 'ulimit -f 40;', '', /no checkpoint this time: .*; the run goes on/],
    ['while the clock goes backwards', '', '--import ./clock.mjs', /^(?!.*(-\d|NaN))/s],
    ['with a reader of stdout that leaves', '', '', /sgd\[0\]: finished/],
  ])('checkpoints %s: the same result, and none is left', async (name, before, preload, told) => {
    writeFileSync(at('long.json'), JSON.stringify({ ...LONG, horizon: 1 }));
    writeFileSync(at('clock.mjs'), 'let now = 2e12; Date.now = () => (now -= 1e9);');
    const after = name.includes('leaves') ? '| head -1; exit $PIPESTATUS' : '';
    const command = `"${process.execPath}" ${preload} "${CLI}" run long.json --backend cpu --out out --checkpoint-every 20ms`;
    const { status, stderr } = spawnSync('bash', ['-c', `${before} ${command} ${after}`], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(told);
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    await diagflow(['run', 'long.json', '--backend', 'cpu', '--out', 'whole', '--quiet'], folder.path);
    expect(numbersOf(resultOf('out'))).toEqual(numbersOf(resultOf('whole')));
  });

  test('a checkpoint that cannot be written leaves the one before, which can be gone on with', async () => {
    writeFileSync(at('long.json'), JSON.stringify({ ...LONG, horizon: 1 }));
    // The first one is small; those with replicas under way are not.
    const command = `ulimit -f 40; exec "${process.execPath}" "${CLI}" run long.json --backend cpu --out out --checkpoint-every 20ms`;
    const { stderr } = spawnSync(
      'bash',
      ['-c', `${command} 2> >(tee err | grep -m1 "no checkpoint" >&2; kill -9 $$)`],
      {
        cwd: folder.path,
        encoding: 'utf8',
      },
    );
    expect(stderr).toContain('no checkpoint this time');
    expect(readdirSync(at('out'))).toContain(CHECKPOINT);
    expect(await diagflow(['run', '--resume', 'out', '--quiet'], folder.path)).toMatchObject({ status: 0 });
    await diagflow(['run', 'long.json', '--backend', 'cpu', '--out', 'whole', '--quiet'], folder.path);
    expect(numbersOf(resultOf('out'))).toEqual(numbersOf(resultOf('whole')));
  });

  test('a checkpoint that something else has taken the place of: the results are written, and one line says what is left', async () => {
    writeFileSync(at('long.json'), JSON.stringify({ ...LONG, horizon: 1 }));
    const running = start(
      ['run', 'long.json', '--backend', 'reference', '--out', 'out', '--checkpoint-every', '1h', '--quiet'],
      folder.path,
    );
    while (!existsSync(at('out', CHECKPOINT))) await wait(1);
    rmSync(at('out', CHECKPOINT));
    mkdirSync(at('out', CHECKPOINT));
    const { status, stdout, stderr } = await running.done;
    expect(stderr).toMatch(
      /^diagflow: out\/checkpoint\.diagflow: could not be deleted: [^\n]*the results were written[^\n]*\n$/,
    );
    expect(status).toBe(1);
    expect(stdout).toContain('sgd[0]');
    expect(readdirSync(at('out')).sort()).toEqual([CHECKPOINT, ...FILES]);
  });

  test.each([
    ['a directory', () => mkdirSync(at('out', CHECKPOINT), { recursive: true }), /must be a file; it is a directory/],
    ['a pipe', () => pipeAt('out', CHECKPOINT), /must be a file; it is a device or pipe/],
    ['a pipe for a result', () => pipeAt('out', 'result.json'), /must be a file; it is a device or pipe/],
    ['a link to itself', () => symlinkAt('out', CHECKPOINT), /cannot be read: /],
    ['an endless checkpoint', () => symlinkAt('out', CHECKPOINT, '/dev/zero'), /must be a file/],
    ['junk', () => mkdirSync(at('out')) ?? writeFileSync(at('out', CHECKPOINT), 'x'.repeat(1e6)), /must begin with/],
    ['a hole', () => holeAt('out', CHECKPOINT, 2 ** 40), /must begin with/],
  ])('a folder that holds %s is refused in one line', async (_, make, words) => {
    make();
    const { status, stderr } = await diagflow(['run', '--resume', 'out'], folder.path);
    expect({ status, stderr }).toMatchObject({ status: 2 });
    expect(stderr).toMatch(/^diagflow: [^\n]+\n$/);
    expect(stderr).toMatch(words);
  });

  test('another run does not overwrite one that has not come to its end', async () => {
    await unfinished('out');
    const before = readFileSync(at('out', CHECKPOINT));
    writeFileSync(at('small.json'), JSON.stringify(SMALL));
    for (const flags of [[], ['--checkpoint-every', '1s']]) {
      const { status, stderr } = await diagflow(['run', 'small.json', '--out', 'out', ...flags], folder.path);
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /^diagflow: --out out: holds a run that has not come to its end; go on with: diagflow run --resume out[^\n]*\n$/,
      );
    }
    expect(readdirSync(at('out'))).toEqual([CHECKPOINT]);
    expect(readFileSync(at('out', CHECKPOINT))).toEqual(before);
  });

  test('what a killed process left half written is tidied away, what another writes is not', async () => {
    writeFileSync(at('small.json'), JSON.stringify(SMALL));
    mkdirSync(at('out'));
    // Above the largest number of a process.
    writeFileSync(at('out', `${CHECKPOINT}.4194305.part`), 'half');
    writeFileSync(at('out', '.diagflow-4194305'), '');
    const others = [`${CHECKPOINT}.${process.pid}.part`, 'notes.part'];
    for (const name of others) writeFileSync(at('out', name), 'mine');
    const run = ['run', 'small.json', '--out', 'out', '--checkpoint-every', '10ms', '--quiet'];
    expect(await diagflow(run, folder.path)).toMatchObject({ status: 0 });
    expect(readdirSync(at('out')).sort()).toEqual([...others, ...FILES].sort());
  });
});

describe('refused with a reason, status 2, nothing written', () => {
  const changed = (change: (bytes: Buffer) => Buffer) => {
    const path = at('out', CHECKPOINT);
    writeFileSync(path, change(readFileSync(path)));
  };
  const inText = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

  test.each([
    ['torn at the end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9), /is torn/],
    ['torn at the start', (bytes: Buffer) => bytes.subarray(0, 40), /no checkpoint, or a damaged one/],
    ['longer than it was', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)]), /is torn/],
    ['empty', () => Buffer.alloc(0), /no checkpoint, or a damaged one/],
    ['foreign', () => Buffer.from('{"format":"diagflow-result"}'), new RegExp(`must begin with "${HEAD}"`)],
    [
      'of a later version',
      inText(`${HEAD} `, `${NEXT} `),
      new RegExp(`found version ${CHECKPOINT_FORMAT.version + 1}`),
    ],
    ['changed in its words', inText('"software":"diagflow', '"software":"Diagflow'), /damaged: its checksum/],
    [
      'changed in its numbers',
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy[copy.length - 5] ^= 1;
        return copy;
      },
      /damaged: the checksum of part/,
    ],
  ])('%s', async (_, change, reason) => {
    await unfinished('out');
    changed(change);
    const before = readFileSync(at('out', CHECKPOINT));
    const { status, stdout, stderr } = await diagflow(['run', '--resume', 'out'], folder.path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^diagflow: out\/checkpoint\.diagflow: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
    expect(readdirSync(at('out'))).toEqual([CHECKPOINT]);
    expect(readFileSync(at('out', CHECKPOINT))).toEqual(before);
  });

  test.each([
    ['an empty folder', ['--resume', '.'], /there is no checkpoint\.diagflow/],
    ['no such folder', ['--resume', 'nowhere'], /there is no checkpoint\.diagflow/],
    ['a file besides', ['x.json', '--resume', 'out'], /leave out FILE/],
    ['a seed besides', ['--resume', 'out', '--seed', '3'], /leave out --seed/],
    ['a backend besides', ['--resume', 'out', '--backend', 'cpu'], /leave out --backend/],
    ['neither file nor folder', [], /no FILE given/],
    ...['60', 's', '0s', '-1s', '1d', '1e3s', '60 s', '9000h', '0.1ms', 'NaNs', ''].map(
      (text) => [`every "${text}"`, ['x.json', '--checkpoint-every', text], /must be a number and a unit/] as const,
    ),
  ] as [string, string[], RegExp][])('%s', async (_, args, reason) => {
    const { status, stdout, stderr } = await diagflow(['run', ...args], folder.path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^diagflow: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
