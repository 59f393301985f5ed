/**
 * SGD in headless Chromium: diagflow's engines beside TensorFlow.js and jax-js on the same adapter, each on the fastest of its backends
 * here. Final risks must agree before a timing counts.
 */
import { readFileSync } from 'node:fs';
import { openChromium } from '../../kit/chromium.ts';
import { type Contestant, checkAgreement, fastest, rowsOf, takeTurns } from '../../kit/measure.ts';
import { checkPath, samePath } from '../../kit/samepath.ts';
import { GAMMA } from '../../kit/simulate.ts';
import { type BrowserProgram, openProgram } from '../../peers/browser/page.ts';
import { installLine } from '../../peers/index.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const PEERS = [
  ['TensorFlow.js', 'tfjs.js'],
  ['jax-js', 'jaxjs.js'],
] as const;

/** Of the package that a peer's script says to install. */
function versionOf(script: string): string {
  const [, name] = installLine(`browser/${script}`).match(/(@[\w-]+\/[\w-]+)@/) ?? [];
  const manifest = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

interface Way {
  readonly program: BrowserProgram;
  readonly way: string;
}

const contestantOf = (
  { program, way }: Way,
  task: { dimension: number; replicas: number; steps: number },
  name: string,
): Contestant => ({
  name,
  foreign: program.name !== 'diagflow',
  async measure(seed) {
    await program.use(way);
    const { seconds, risks } = await program.sgd({ ...task, gamma: GAMMA, seed });
    return { seconds, results: risks.map((risk) => Math.log(risk)) };
  },
});

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, peers, log } = context;
  const notes = [
    'loops of a page in headless Chromium; the start of a run is timed for diagflow, not for the others; peers on the fastest of their backends: WebGPU, WebGL, WebAssembly or plain JavaScript',
  ];
  const { browser, why } = await openChromium();
  if (!browser) throw new Error(why);
  const programs: BrowserProgram[] = [];
  try {
    log('diagflow in a page');
    const own = await openProgram(browser, 'own.ts');
    if (!own) throw new Error('the bundle of diagflow for a page could not be made');
    programs.push(own);
    const others: BrowserProgram[] = [];
    for (const [name, script] of PEERS) {
      log(`${name} in a page`);
      const program = await openProgram(browser, script);
      if (!program) {
        peers.skip(name, `browser/${script}`, 'not installed');
        continue;
      }
      programs.push(program);
      others.push(program);
      peers.ran(name, `${name} ${versionOf(script)}, Chromium ${browser.version()}, on ${program.ways.join(', ')}`);
    }
    const rows: Row[] = [];
    const same = await samePath();
    for (const program of others) {
      for (const way of program.ways) {
        await program.use(way);
        await checkPath(`${program.name} on ${way}`, same, 1e-4, async (task) => (await program.sgd(task)).risks[0]);
      }
    }
    for (const [dimension, replicas, steps] of quick
      ? [[1000, 8, 100]]
      : [
          [1000, 64, 1000],
          [100_000, 2, 300],
        ]) {
      log(`d = ${dimension} × ${replicas}`);
      const task = { dimension, replicas, steps };
      const ours = own.ways.map((way) => contestantOf({ program: own, way }, task, `diagflow ${way}`));
      // First the engine that a user of this machine would take: ratios are to it.
      const best = await fastest(ours, quick ? 1 : 3);
      const contestants = [best, ...ours.filter((one) => one !== best)];
      for (const program of others) {
        const variants = program.ways.map((way) => contestantOf({ program, way }, task, program.name));
        contestants.push(await fastest(variants, quick ? 1 : 3));
      }
      const scores = await takeTurns(contestants, {
        most: quick ? 3 : 7,
        seconds: quick ? context.seconds / 2 : undefined,
      });
      checkAgreement(`log risk of SGD in a page, d = ${dimension}`, scores);
      const amount = dimension * replicas * steps;
      const labels = { dimension, replicas };
      rows.push(...rowsOf({ table: 'SGD in headless Chromium', labels, amount, unit: 'coordinate-steps' }, scores));
    }
    return { rows, plots: [], notes };
  } finally {
    for (const program of programs) await program.close();
    await browser.close();
  }
}

export default {
  name: 'browser',
  title: 'SGD in headless Chromium, beside TensorFlow.js and jax-js',
  run,
} satisfies Section;
