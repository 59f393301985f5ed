/** What the system may do to a run: full disks, closed and full streams, input without end, signals at any moment. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseResultText } from '../../src/results/index.ts';
import { CLI, diagflow, type Finished, start, temporaryFolder } from './command.ts';

let folder: ReturnType<typeof temporaryFolder>;
const at = (...path: string[]) => join(folder.path, ...path);
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.drop());

const SMALL = {
  problem: { dimension: 30 },
  horizon: 2,
  samples: 40,
  methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }],
};
const FILES = ['curves.csv', 'plot.svg', 'result.json'];
const save = (name: string, content: object) => writeFileSync(at(name), JSON.stringify(content));
const curvesIn = (...path: string[]) => parseResultText(readFileSync(at(...path, 'result.json'), 'utf8')).curves;
const isOneLine = (text: string) => /^diagflow: [^\n]+\n$/.test(text);

/** `script` in a shell, in which $diagflow is the command, and $node what runs it. */
function shell(script: string, env: NodeJS.ProcessEnv = {}): Finished {
  // Written out as words of their own: paths may hold spaces.
  const words = script.replaceAll('$diagflow', '$node "$cli"').replaceAll('$node', '"$node"');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', words], {
    cwd: folder.path,
    env: { ...process.env, node: process.execPath, cli: CLI, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('a disk that is full when the results are written', () => {
  test('leaves no half of a file; the table is printed; status 1 and one line', () => {
    save('small.json', SMALL);
    // Files of at most 4 KiB: what a full disk does, to any user and on any file system.
    const full = shell('ulimit -f 4; exec $diagflow run small.json --out out --backend cpu --quiet');
    expect(full.status).toBe(1);
    expect(full.stderr).toSatisfy(isOneLine);
    expect(full.stderr).toContain(join('out', 'result.json'));
    expect(full.stdout).toContain('sgd[0]');
    expect(readdirSync(at('out'))).toEqual([]);
  });

  test('in the folder only: everything goes to a temporary one, which the message names', () => {
    save('small.json', SMALL);
    mkdirSync(at('refuge'));
    mkdirSync(at('out', 'result.json'), { recursive: true });
    const run = shell('exec $diagflow run small.json --out out --backend cpu --quiet', { TMPDIR: at('refuge') });
    expect(run.status).toBe(1);
    expect(run.stderr).toSatisfy(isOneLine);
    const [place] = readdirSync(at('refuge'));
    expect(run.stderr).toContain(at('refuge', place));
    expect(readdirSync(at('refuge', place)).sort()).toEqual(FILES);
    expect(readdirSync(at('out'))).toEqual(['result.json']);
    expect(curvesIn('refuge', place)).toHaveLength(2);
  });

  test('a sweep keeps the points it could write, and goes on when there is room', async () => {
    const axes = [{ field: 'seed', from: 1, to: 24, count: 24 }];
    save('grid.json', { experiment: SMALL, axes });
    const full = shell('ulimit -f 8; exec $diagflow sweep grid.json --out out --backend cpu --quiet');
    expect(full.status).toBe(1);
    expect(full.stderr).toSatisfy(isOneLine);
    expect(readdirSync(at('out'))).toEqual(['points.jsonl']);
    const again = await diagflow(['sweep', 'grid.json', '--out', 'out', '--backend', 'cpu'], folder.path);
    expect(again).toMatchObject({ status: 0 });
    const [, kept] = again.stderr.match(/going on with (\d+) points/)!;
    expect(Number(kept)).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(at('out', 'sweep.json'), 'utf8')).points).toHaveLength(24);
  });
});

describe('output streams', () => {
  test.each([
    ['a full disk under stdout', '> /dev/full', 1],
    ['a full disk under stderr', '2> /dev/full', 0],
    ['stdout closed', '>&-', 0],
    ['stderr closed', '2>&-', 0],
    ['both closed', '>&- 2>&-', 0],
    ['a reader of stdout that leaves', '| true; exit $PIPESTATUS', 0],
    ['a reader of stderr that leaves', '2>&1 >/dev/null | true; exit $PIPESTATUS', 0],
  ])('%s: the results are written', (_, redirection, status) => {
    save('small.json', SMALL);
    const run = shell(`$diagflow run small.json --out out --backend cpu ${redirection}`);
    expect(run.status).toBe(status);
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    expect(run.stderr).not.toContain('    at '); // no stack
    if (status === 1) expect(run.stderr).toContain('standard output could not be written: no space left');
  });
});

describe('names', () => {
  test('that steer a terminal are shown as escapes, of files and folders alike', () => {
    const name = 'a\u001b[31m\u202e';
    save(`${name}.json`, SMALL);
    const { status, stdout, stderr } = shell(`$diagflow run '${name}.json' --backend cpu --checkpoint-every 1h`);
    expect(status).toBe(0);
    expect(stdout).toContain('wrote results/a\\u001b[31m\\u202e/result.json');
    const resumed = shell(`$diagflow run --resume 'results/${name}'`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
    expect(stdout + stderr + resumed.stdout + resumed.stderr).not.toMatch(/[\u001b\u202e]/);
  });

  test('of a pipe in a folder of shards: it is not waited for', () => {
    const merged = shell('mkdir part && mkfifo part/shard.diagflow && timeout 20 $diagflow merge part --out out');
    expect(merged).toMatchObject({ status: 2, stdout: '' });
    expect(merged.stderr).toMatch(/^diagflow: part\/shard\.diagflow: must be a file[^\n]*\n$/);
  });
});

describe('input', () => {
  /** Largest resident size of the command, in MiB, as the last word on stderr. */
  const MEASURE =
    "--import 'data:text/javascript,process.on(`exit`,()=>process.stderr.write(String(process.resourceUsage().maxRSS/1024)))'";

  test.each([
    ['a device without end', '/dev/zero', ''],
    ['a pipe without end', '-', 'cat /dev/zero |'],
    ['a file of 100 GB', 'huge.json', ''],
  ])('%s is refused in bounded memory', (_, file, before) => {
    writeFileSync(at('huge.json'), '');
    truncateSync(at('huge.json'), 1e11);
    const { status, stdout, stderr } = shell(`${before} $node ${MEASURE} "$cli" run ${file}`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    const [line, memory] = stderr.split('\n');
    expect(line).toMatch(/^diagflow: .*(must have at most|is longer than) \d+ bytes/);
    // Twice the longest file, and what Node itself takes.
    expect(Number(memory)).toBeLessThan(2 * 128 + 150);
  });

  test.each([
    ['numbers', '1,'],
    ['objects', '{},'],
  ])('an array of 10⁸ %s, or as many as fit, is refused in one line', (_, entry) => {
    const count = 1.2e8 / entry.length;
    const script = `const part = ${JSON.stringify(entry)}.repeat(1e5);
      process.stdout.write('{"problem":{"dimension":4,"target":{"kind":"values","values":[');
      process.stdout.on('error', () => process.exit());
      for (let i = 0; i < ${count}; i += 1e5) process.stdout.write(part);
      process.stdout.write('0]}},"horizon":1,"methods":[{"kind":"flow"}]}');`;
    writeFileSync(at('write.mjs'), script);
    // A file says how long it is; a pipe does not, so what comes through it is counted.
    for (const [command, words] of [
      [`$node write.mjs > big.json; $diagflow check big.json`, /at most \d+ bytes/],
      [`$node write.mjs | $diagflow check -`, /more than \d+ (numbers|values)/],
    ] as const) {
      const { status, stdout, stderr } = shell(command);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toSatisfy(isOneLine);
      expect(stderr.length).toBeLessThan(300);
      expect(stderr).toMatch(words);
    }
  });
});

describe('signals', () => {
  const ENDLESS = {
    problem: { dimension: 3000 },
    horizon: 1000,
    samples: 1000,
    methods: [{ kind: 'flow' }, { kind: 'sgd', replicas: 4 }],
  };

  /** Resolves when stderr holds `words`. */
  const said = (running: ReturnType<typeof start>, words: string) =>
    new Promise<void>((resolve) => {
      let text = '';
      running.process.stderr!.on('data', (more: string) => {
        text += more;
        if (text.includes(words)) resolve();
      });
    });

  test.each([
    ['SIGINT', 'cpu', 130],
    ['SIGTERM', 'cpu', 143],
    ['SIGHUP', 'cpu', 129],
    ['SIGINT', 'reference', 130],
    ['SIGTERM', 'gpu', 143],
  ] as const)('%s on %s: status, what is finished, and no process left', async (signal, backend, expected) => {
    save('endless.json', ENDLESS);
    const running = start(['run', 'endless.json', '--out', 'out', '--backend', backend], folder.path, '', {
      detached: true,
    });
    await said(running, 'sgd[1]: started');
    running.process.kill(signal);
    const { status, stderr } = await running.done;
    expect({ status, stderr }).toMatchObject({ status: expected });
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    expect(
      curvesIn('out')
        .find(({ method }) => method === 'flow')!
        .mean.every(Number.isFinite),
    ).toBe(true);
    // Nobody is left in its process group.
    expect(() => process.kill(-running.process.pid!, 0)).toThrow('ESRCH');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s is answered while a PDE of many classes begins', async (signal) => {
    const gaussian = { kind: 'gaussian', scale: 1 };
    save('pde.json', {
      problem: { dimension: 1000, target: gaussian, initialization: gaussian, labelNoise: 0.5 },
      horizon: 1000,
      methods: [{ kind: 'pde', tolerance: 1e-9 }],
    });
    const running = start(['run', 'pde.json', '--out', 'out'], folder.path, '', { detached: true });
    await said(running, 'pde[0]: started');
    running.process.kill(signal);
    const { status, stderr } = await running.done;
    expect({ status, stderr }).toMatchObject({ status: signal === 'SIGINT' ? 130 : 143 });
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
  });

  test('while the arrays of a problem are filled it ends the process: there is nothing to keep yet', async () => {
    const gaussian = { kind: 'gaussian', scale: 1 };
    save('wide.json', { ...ENDLESS, problem: { dimension: 2e7, target: gaussian, initialization: gaussian } });
    const running = start(['run', 'wide.json', '--out', 'out', '--backend', 'cpu'], folder.path, '', {
      detached: true,
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.process.kill('SIGTERM');
    // Null: the signal itself ended it, which a shell tells as 143.
    expect([null, 143]).toContain((await running.done).status);
    expect(() => process.kill(-running.process.pid!, 0)).toThrow('ESRCH');
  });

  test('SIGKILL leaves no half of a file, and the next run there works', async () => {
    save('endless.json', ENDLESS);
    const running = start(['run', 'endless.json', '--out', 'out', '--backend', 'cpu'], folder.path, '', {
      detached: true,
    });
    await said(running, 'sgd[1]: started');
    running.process.kill('SIGKILL');
    expect((await running.done).status).toBeNull();
    expect(() => process.kill(-running.process.pid!, 0)).toThrow('ESRCH');
    expect(readdirSync(at('out')).filter((name) => name.endsWith('.json'))).toEqual([]);
    save('small.json', SMALL);
    const again = await diagflow(['run', 'small.json', '--out', 'out', '--backend', 'cpu', '--quiet'], folder.path);
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(curvesIn('out')).toHaveLength(2);
  });

  test('a clock that goes backwards changes nothing but the dates', async () => {
    save('small.json', SMALL);
    const backwards = `let now = 2e12; Date.now = () => (now -= 1e9);`;
    writeFileSync(at('clock.mjs'), backwards);
    const { status, stderr } = shell(`$node --import ./clock.mjs "$cli" run small.json --out back --backend cpu`);
    expect(status, stderr).toBe(0);
    expect(stderr).not.toMatch(/-\d|NaN/);
    await diagflow(['run', 'small.json', '--out', 'straight', '--backend', 'cpu'], folder.path);
    expect(curvesIn('back')).toEqual(curvesIn('straight'));
    const { provenance } = parseResultText(readFileSync(at('back', 'result.json'), 'utf8'));
    for (const seconds of Object.values(provenance.seconds)) expect(seconds).toBeGreaterThanOrEqual(0);
  });
});

describe("a stand-in for Node's files that lacks methods, as Yarn's PnP has", () => {
  test.each(['sync', 'writeFile'])('%s: every result is written', (method) => {
    save('small.json', SMALL);
    writeFileSync(
      at('stand-in.mjs'),
      `import fs from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      const { open, rename } = fs;
      const missing = async () => { throw new Error('Method not implemented.'); };
      fs.open = async (...all) => Object.assign(await open(...all), { ${method}: missing });
      fs.rename = missing;
      syncBuiltinESMExports();`,
    );
    const done = shell('$node --import ./stand-in.mjs "$cli" run small.json --out out --backend cpu --quiet');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(at('out')).sort()).toEqual(FILES);
    expect(curvesIn('out')).toHaveLength(2);
  });
});
