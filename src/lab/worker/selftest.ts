/** The self-test: published answers of the generator, probes of the arithmetic, and a short run of SGD against the PDE. */

import { threefry4x32 } from '../../random/index.ts';
import { parseExperiment, runExperiment } from '../../run/index.ts';
import type { Check } from './protocol.ts';
import type { Send } from './session.ts';

/** Threefry4x32-20: key, counter → words; from kat_vectors of Random123 (Salmon et al.). */
const PUBLISHED = [
  {
    key: [0, 0, 0, 0],
    counter: [0, 0, 0, 0],
    words: [0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8],
  },
  {
    key: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    words: [0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732],
  },
  {
    key: [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    words: [0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84],
  },
] as const;

const hex = (words: Iterable<number>) => Array.from(words, (w) => (w >>> 0).toString(16).padStart(8, '0')).join(' ');

async function attempt(name: string, work: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    return { name, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs every check, sending each as it ends; never throws. */
export async function selfTest(engine: 'gpu' | 'cpu', send: Send): Promise<void> {
  let passed = true;
  const tell = (check: Check) => {
    passed &&= check.passed;
    send({ type: 'check', check });
  };
  if (engine === 'gpu') for (const check of await deviceChecks()) tell(check);
  else tell(await generatorCheck());
  for (const check of runChecks(engine)) tell(await check);
  send({ type: 'checks-end', passed });
}

/** Those of `diagflow doctor`, on the adapter that runs would take. */
async function deviceChecks(): Promise<Check[]> {
  const { examine, listAdapters } = await import('../../gpu/index.ts');
  try {
    const [listed] = await listAdapters();
    if (!listed) return [{ name: 'adapter', passed: false, detail: 'WebGPU is here but found no adapter' }];
    const { name, checks, probes } = await examine(listed);
    return [
      { name: 'adapter', passed: true, detail: name },
      ...checks,
      // For information: nothing relies on them, so none can fail.
      ...probes.map((found) => ({ name: `${found.name} (for information)`, passed: true, detail: found.detail })),
    ];
  } catch (error) {
    return [{ name: 'adapter', passed: false, detail: error instanceof Error ? error.message : String(error) }];
  }
}

function generatorCheck(): Promise<Check> {
  return attempt('generator', async () => {
    const out = new Int32Array(4);
    const found = PUBLISHED.map(({ key, counter }) => {
      const [k0, k1, k2, k3] = key;
      const [c0, c1, c2, c3] = counter;
      threefry4x32(out, 1, c0, c1, c2, c3, k0, k1, k2, k3);
      return hex(out);
    });
    const wrong = found.findIndex((words, i) => words !== hex(PUBLISHED[i].words));
    return {
      passed: wrong < 0,
      detail: wrong < 0 ? 'threefry4x32-20: 12 published words' : `vector ${wrong}: ${found[wrong]}`,
    };
  });
}

/** Standard errors between SGD and PDE beyond which something is wrong; by chance once in some 10⁵ runs of 16 replicas. */
const GAP = 6;

function* runChecks(backend: 'gpu' | 'cpu'): Generator<Promise<Check>> {
  yield attempt('A short run of SGD against the PDE', async () => {
    const experiment = parseExperiment({
      problem: { dimension: 1024 },
      stepSize: 0.5,
      horizon: 2,
      samples: 8,
      methods: [{ kind: 'sgd', replicas: 16 }, { kind: 'pde' }],
      seed: 20,
    });
    const events = runExperiment(experiment, { backend });
    for (;;) {
      const step = await events.next();
      if (!step.done) continue;
      const { curves, events: told } = step.value;
      if (told.length > 0) return { passed: false, detail: told.map(({ message }) => message).join('; ') };
      const [sgd, pde] = ['sgd', 'pde'].map((method) => curves.find((curve) => curve.method === method)!);
      const gaps = sgd.mean.map((mean, k) => (k === 0 ? 0 : (mean! - pde.mean[k]!) / sgd.standardError![k]!));
      const worst = gaps.reduce<number>((most, gap) => (Math.abs(gap) > Math.abs(most) ? gap : most), 0);
      return {
        passed: Math.abs(worst) <= GAP,
        detail: `d = 1024, 16 replicas: largest gap ${worst.toFixed(1)} standard errors at 8 times, allowed ${GAP}`,
      };
    }
  });
  yield attempt('The same seed gives the same numbers, bit for bit', async () => {
    const experiment = parseExperiment({
      problem: { dimension: 512, labelNoise: 0.1 },
      horizon: 1,
      samples: 4,
      methods: [{ kind: 'sgd', replicas: 3 }],
      seed: 5,
    });
    const run = async () => {
      const events = runExperiment(experiment, { backend });
      for (;;) {
        const step = await events.next();
        if (step.done) return JSON.stringify(step.value.curves);
      }
    };
    const [one, two] = [await run(), await run()];
    return { passed: one === two, detail: one === two ? 'two runs, every digit' : 'two runs differ' };
  });
}
