/** What the soak test does to a run, and what must hold after it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseResultText, type Result } from '../../src/results/index.ts';
import { flaw, textLike } from '../hostile/hostile.ts';
import { goodFiles } from '../problem/good.ts';
import { diagflow, type Ended, type Orders, zombies } from './child.ts';
import { type Backend, experiments, sweep } from './experiments.ts';

/** A number in [0, 1), the next of the seeded ones. */
export type Random = () => number;

export interface Soak {
  readonly folder: string;
  readonly random: Random;
  readonly backends: readonly Backend[];
  /** Curves and events of runs that nobody disturbed, by experiment and backend; points of the sweep. */
  readonly undisturbed: Map<string, string>;
  /** Largest memory of those, in MiB. */
  readonly memory: Map<string, number>;
}

/** What was wrong; empty if nothing. */
export type Complaints = string[];
export type Action = (soak: Soak, backend: Backend) => Promise<Complaints>;

const FILES = ['curves.csv', 'plot.svg', 'result.json'];
const SWEEP_FILES = ['sweep.csv', 'sweep.json', 'sweep.svg'];
const CHECKPOINT = 'checkpoint.diagflow';
const LOST_DEVICE = new URL('../cli/lost-device.mjs', import.meta.url).href;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)];
/** Most are early, where there is much to go wrong; some come when the run is over. */
const moment = (random: Random) => 150 + 6000 * random() ** 2;

/** A fresh place with the experiment in it. */
function begin({ folder, random }: Soak) {
  const name = pick(random, Object.keys(experiments));
  const cwd = join(folder, 'now');
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  writeFileSync(join(cwd, `${name}.json`), JSON.stringify(experiments[name]));
  return { name, cwd, out: join(cwd, 'out') };
}

/** All of a result that must not depend on what happened on the way. */
function essence({ experiment, curves, estimates, events, prediction }: Result): string {
  return JSON.stringify({ experiment, curves, estimates, events, prediction });
}

const read = (out: string): Result => parseResultText(readFileSync(join(out, 'result.json'), 'utf8'));

/** Names in the folder that do not belong there. */
const strays = (out: string, ...allowed: string[]) => {
  const found = readdirSync(out).filter((name) => !allowed.includes(name));
  return found.length > 0 ? [`stray files: ${found.join(', ')}`] : [];
};

const expectStatus = ({ status, stderr, complaints }: Ended, ...wanted: (number | null)[]): Complaints => [
  ...complaints,
  ...(wanted.includes(status) ? [] : [`status ${status}, not ${wanted.join(' or ')}: ${stderr.slice(-300)}`]),
  ...(/\n {4}at /.test(stderr) ? [`a stack: ${stderr.slice(0, 300)}`] : []),
  ...(zombies() > 0 ? ['a zombie'] : []),
];

/** Status of a run of this experiment that comes to its end: 3 where every replica diverges. */
const GOOD = [0, 3];

/** Runs undisturbed once; whatever ends must say the same ever after. */
async function compare(soak: Soak, key: string, cwd: string, out: string, args: string[]): Promise<Complaints> {
  const known = soak.undisturbed.get(key);
  if (known !== undefined) return essence(read(out)) === known ? [] : [`${key}: other numbers than an undisturbed run`];
  const alone = `${out}-alone`;
  const ended = await diagflow([...args, '--out', alone], { cwd });
  const wrong = expectStatus(ended, ...GOOD);
  if (wrong.length > 0) return wrong;
  soak.undisturbed.set(key, essence(read(alone)));
  soak.memory.set(key, ended.memory);
  return compare(soak, key, cwd, out, args);
}

/** No run takes twice what it took undisturbed, but for 128 MiB that the collector may leave lying about. */
function bounded(soak: Soak, key: string, { memory }: Ended): Complaints {
  const most = 2 * (soak.memory.get(key) ?? Number.POSITIVE_INFINITY) + 128;
  return memory > most ? [`${key}: ${Math.round(memory)} MiB, more than ${Math.round(most)}`] : [];
}

const plain: Action = async (soak, backend) => {
  const { name, cwd, out } = begin(soak);
  const key = `${name} on ${backend}`;
  const args = ['run', `${name}.json`, '--backend', backend, '--quiet'];
  const ended = await diagflow([...args, '--out', out], { cwd });
  const wrong = expectStatus(ended, ...GOOD);
  if (wrong.length > 0) return wrong;
  return [...strays(out, ...FILES), ...(await compare(soak, key, cwd, out, args)), ...bounded(soak, key, ended)];
};

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

const cancelled: Action = async (soak, backend) => {
  const { name, cwd, out } = begin(soak);
  const args = ['run', `${name}.json`, '--backend', backend, '--quiet'];
  const signal = { name: pick(soak.random, ['SIGINT', 'SIGTERM'] as const), after: moment(soak.random) };
  const ended = await diagflow([...args, '--out', out], { cwd, signal });
  // Null: it came before the command listens.
  const wrong = expectStatus(ended, STATUS[signal.name], ...GOOD, null);
  if (wrong.length > 0 || ended.status === null) return wrong;
  if (GOOD.includes(ended.status!)) return compare(soak, `${name} on ${backend}`, cwd, out, args);
  const { events } = read(out);
  return [
    ...strays(out, ...FILES),
    ...(events.some(({ kind }) => kind === 'interrupted') ? [] : ['stopped, but no event says so']),
  ];
};

/** Killed or stopped again and again, and resumed each time from what was kept. */
const resumed: Action = async (soak, backend) => {
  const { name, cwd, out } = begin(soak);
  const key = `${name} on ${backend}`;
  const args = ['run', `${name}.json`, '--backend', backend, '--quiet'];
  const complaints: Complaints = [];
  let next = [...args, '--out', out, '--checkpoint-every', '100ms'];
  for (let kills = 0; ; kills++) {
    const name = pick(soak.random, ['SIGKILL', 'SIGKILL', 'SIGINT', 'SIGTERM'] as const);
    const signal = kills < 4 ? { name, after: moment(soak.random) } : undefined;
    const ended = await diagflow(next, { cwd, signal });
    if (GOOD.includes(ended.status!)) {
      complaints.push(...expectStatus(ended, ...GOOD), ...bounded(soak, key, ended));
      break;
    }
    complaints.push(...expectStatus(ended, null, 130, 143));
    if (complaints.length > 0) return complaints;
    const has = (file: string) => readdirSync(cwd).includes('out') && readdirSync(out).includes(file);
    if (has(CHECKPOINT)) next = ['run', '--resume', out, '--quiet'];
    // Killed after the result was written and the checkpoint was dropped.
    else if (has('result.json')) break;
  }
  return [...complaints, ...strays(out, ...FILES), ...(await compare(soak, key, cwd, out, args))];
};

const diskFull: Action = async (soak) => {
  const { name, cwd, out } = begin(soak);
  const refuge = join(cwd, 'refuge');
  mkdirSync(refuge);
  const blocks = pick(soak.random, [1, 4, 8]);
  const ended = await diagflow(['run', `${name}.json`, '--backend', 'cpu', '--quiet', '--out', out], {
    cwd,
    before: `ulimit -f ${blocks}`,
    env: { TMPDIR: refuge },
  });
  return [
    ...expectStatus(ended, 1),
    ...strays(out, ...FILES),
    ...(/^diagflow: [^\n]+\n$/.test(ended.stderr) ? [] : [`not one line: ${ended.stderr.slice(0, 300)}`]),
    ...(ended.stdout.includes('[') ? [] : ['no table']),
    ...(readdirSync(refuge).length > 0 ? ['something was left in the temporary folder'] : []),
  ];
};

const lostDevice: Action = async (soak) => {
  const { name, cwd, out } = begin(soak);
  const args = ['run', `${name}.json`, '--backend', 'gpu'];
  const kept = soak.random() < 0.5 ? ['--checkpoint-every', '20ms'] : [];
  const env = { NODE_OPTIONS: `--import ${LOST_DEVICE}` };
  const ended = await diagflow([...args, ...kept, '--out', out], { cwd, env });
  const wrong = expectStatus(ended, ...GOOD);
  if (wrong.length > 0) return wrong;
  const told = ended.stderr.includes('device was lost') ? [] : ['the loss was not told'];
  return [...told, ...(await compare(soak, `${name} on gpu`, cwd, out, args))];
};

/** In parts, which are put together: counts exactly, means to what another order of summation changes. */
const sharded: Action = async (soak, backend) => {
  const { name, cwd, out } = begin(soak);
  const args = ['run', `${name}.json`, '--backend', backend, '--quiet'];
  const of = pick(soak.random, [2, 3]);
  const parts = Array.from({ length: of }, (_, i) => join(cwd, `part-${i + 1}`));
  for (const [i, part] of parts.entries()) {
    const wrong = expectStatus(await diagflow([...args, '--shard', `${i + 1}/${of}`, '--out', part], { cwd }), ...GOOD);
    if (wrong.length > 0) return wrong;
  }
  const merged = await diagflow(['merge', ...parts, '--out', out], { cwd });
  const whole = await diagflow([...args, '--out', `${out}-alone`], { cwd });
  const wrong = [...expectStatus(merged, ...GOOD), ...expectStatus(whole, ...GOOD)];
  if (wrong.length > 0) return wrong;
  const [one, other] = [read(out), read(`${out}-alone`)];
  const differs = one.curves.some(({ mean, count, failed }, k) => {
    const same = other.curves[k];
    const far = (x: number | null, i: number) => {
      const y = same.mean[i];
      return x === null || y === null ? x !== y : Math.abs(x - y) > 1e-11 * Math.abs(y);
    };
    return count !== same.count || failed !== same.failed || mean.some(far);
  });
  return [...strays(out, ...FILES), ...(differs || one.curves.length !== other.curves.length ? ['other curves'] : [])];
};

/** A checkpoint with a byte changed, or cut off, is refused in a line, and nothing is written. */
const badCheckpoint: Action = async (soak, backend) => {
  const { name, cwd, out } = begin(soak);
  const args = ['run', `${name}.json`, '--backend', backend, '--quiet', '--out', out, '--checkpoint-every', '20ms'];
  const killed = await diagflow(args, { cwd, signal: { name: 'SIGKILL', after: 1500 } });
  const path = join(out, CHECKPOINT);
  if (!existsSync(path)) return expectStatus(killed, ...GOOD, null);
  const bytes = readFileSync(path);
  const place = Math.floor(soak.random() * bytes.length);
  const isCut = soak.random() < 0.3;
  if (!isCut) bytes[place] ^= 1 + Math.floor(255 * soak.random());
  writeFileSync(path, isCut ? bytes.subarray(0, place) : bytes);
  const ended = await diagflow(['run', '--resume', out], { cwd });
  const line = ended.stderr.slice(0, -1).replace(/^diagflow: /, '');
  const why = ended.stderr.endsWith('\n') ? flaw(line) : 'no line end';
  return [...expectStatus(ended, 2), ...(why ? [`${why}: ${line.slice(0, 200)}`] : [])];
};

const badInput: Action = async (soak) => {
  const { cwd } = begin(soak);
  const seed = Math.floor(2 ** 31 * soak.random());
  const [text] = fc.sample(textLike(fc.constantFrom<unknown>(sweep, ...Object.values(goodFiles))), {
    seed,
    numRuns: 1,
  });
  const ended = await diagflow(['check', '-'], { cwd, input: text });
  const wrong = expectStatus(ended, 0, 2);
  if (wrong.length > 0 || ended.status === 0) return wrong;
  const line = ended.stderr.slice(0, -1);
  const why = ended.stderr.endsWith('\n') ? flaw(line) : 'no line end';
  return [...(why ? [`${why}: ${line.slice(0, 200)}`] : []), ...(ended.memory > 400 ? [`${ended.memory} MiB`] : [])];
};

const swept: Action = async (soak, backend) => {
  const { cwd, out } = begin(soak);
  writeFileSync(join(cwd, 'grid.json'), JSON.stringify(sweep));
  const args = ['sweep', 'grid.json', '--backend', backend, '--quiet', '--out', out];
  const points = () =>
    JSON.stringify(JSON.parse(readFileSync(join(out, 'sweep.json'), 'utf8')).points, (key, value) =>
      key === 'seconds' ? undefined : value,
    );
  const orders = (kills: number): Orders =>
    kills < 3
      ? {
          cwd,
          signal: { name: pick(soak.random, ['SIGKILL', 'SIGINT', 'SIGTERM'] as const), after: moment(soak.random) },
        }
      : { cwd };
  for (let kills = 0; ; kills++) {
    const ended = await diagflow(args, orders(kills));
    const wrong = expectStatus(ended, 0, null, 130, 143);
    if (wrong.length > 0) return wrong;
    if (ended.status === 0) break;
  }
  const key = `sweep on ${backend}`;
  const known = soak.undisturbed.get(key);
  if (known !== undefined) return points() === known ? strays(out, ...SWEEP_FILES) : [`${key}: other points`];
  rmSync(out, { recursive: true });
  const wrong = expectStatus(await diagflow(args, { cwd }), 0);
  if (wrong.length === 0) soak.undisturbed.set(key, points());
  return wrong;
};

/** With how often each is drawn; and the backends that it is for, if not all. */
export const actions: Readonly<
  Record<string, { readonly weight: number; readonly act: Action; readonly only?: Backend }>
> = {
  'run to the end': { weight: 2, act: plain },
  'stopped (SIGINT, SIGTERM)': { weight: 3, act: cancelled },
  'killed and resumed': { weight: 5, act: resumed },
  // On the CPU only: a software adapter keeps its memory in files of its own, which the limit ends with SIGBUS.
  'disk full': { weight: 1, act: diskFull, only: 'cpu' },
  'device lost': { weight: 1, act: lostDevice, only: 'gpu' },
  'in shards, merged': { weight: 1, act: sharded },
  'damaged checkpoint': { weight: 1, act: badCheckpoint },
  'hostile input': { weight: 3, act: badInput, only: 'cpu' },
  'sweep, stopped and gone on with': { weight: 1, act: swept },
};
