/**
 * `npm run soak`: runs, stops, kills, resumes, faults and hostile input at random over the built command, for an hour, and whether
 * everything that must hold then holds. `--minutes N`, `--seed N`. Exit status 1 if anything did not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describeMachine } from '../../bench/kit/machine.ts';
import { actions, type Soak } from './actions.ts';
import { diagflow } from './child.ts';
import type { Backend } from './experiments.ts';

const values = new Command('soak')
  .description('runs, stops, kills, resumes, faults and hostile input at random; exit status 1 if anything was wrong')
  .option('--minutes <number>', 'how long', '60')
  .option('--seed <integer>', 'of what is drawn', '1')
  .parse()
  .opts<{ minutes: string; seed: string }>();
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error(`--minutes must be a number above 0, --seed an integer; found ${values.minutes}, ${values.seed}`);
  process.exit(2);
}

/** Mulberry32. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

const folder = mkdtempSync(join(tmpdir(), 'diagflow-soak-'));
const random = randomFrom(seed);
const doctor = await diagflow(['doctor', '--json'], { cwd: folder });
const backends: Backend[] = ['cpu', 'cpu', 'reference', ...(doctor.status === 0 ? (['gpu'] as const) : [])];
const soak: Soak = { folder, random, backends, undisturbed: new Map(), memory: new Map() };
const tally = new Map<string, { done: number; wrong: number }>();
const wrongs: string[] = [];
const drawn = Object.entries(actions)
  .filter(([, { only }]) => only === undefined || backends.includes(only))
  .flatMap(([name, { weight }]) => new Array<string>(weight).fill(name));

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
  console.error('stopping after this one');
});
const start = performance.now();
const elapsed = () => (performance.now() - start) / 60_000;
for (let count = 1; elapsed() < minutes && !stopped; count++) {
  const name = drawn[Math.floor(random() * drawn.length)];
  const { act, only } = actions[name];
  const backend = only ?? backends[Math.floor(random() * backends.length)];
  const key = `${name} | ${backend}`;
  const row = tally.get(key) ?? { done: 0, wrong: 0 };
  tally.set(key, row);
  const complaints = await act(soak, backend).catch((error) => [String(error?.stack ?? error)]);
  row.done++;
  if (complaints.length > 0) row.wrong++;
  for (const complaint of complaints) {
    wrongs.push(`${key} (number ${count}): ${complaint}`);
    console.error(`WRONG ${wrongs.at(-1)}`);
  }
  if (count % 10 === 0) console.error(`${elapsed().toFixed(1)} min: ${count} done, ${wrongs.length} wrong`);
}
rmSync(folder, { recursive: true, force: true });

const machine = describeMachine();
console.log(
  `${new Date().toISOString().slice(0, 10)}, seed ${seed}, ${elapsed().toFixed(1)} min, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, load ${machine.loadAverage.map(Math.round).join(' ')}\n`,
);
console.log('| what | backend | times | wrong |\n|---|---|---|---|');
for (const key of [...tally.keys()].sort()) {
  const { done, wrong } = tally.get(key)!;
  console.log(`| ${key} | ${done} | ${wrong} |`);
}
const all = [...tally.values()];
console.log(
  `| all | | ${all.reduce((sum, { done }) => sum + done, 0)} | ${all.reduce((sum, { wrong }) => sum + wrong, 0)} |`,
);
console.log(`\nMost memory undisturbed: ${Math.round(Math.max(0, ...soak.memory.values()))} MiB.`);
for (const wrong of wrongs) console.log(`- ${wrong}`);
process.exitCode = wrongs.length > 0 ? 1 : 0;
