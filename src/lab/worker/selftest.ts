/** The self-test: published answers of the generator, probes of the arithmetic, and a short run of SGD against the PDE. */

import type { Device } from '../../gpu/index.ts';
import { fillWords, normalsFromWords, Stream, threefry4x32 } from '../../random/index.ts';
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
  if (engine === 'gpu') {
    const { Device, probe } = await import('../../gpu/index.ts');
    let device: Device | null = null;
    tell(
      await attempt('A device opens', async () => {
        device = await Device.open();
        const { info } = device;
        return { passed: true, detail: [info.vendor, info.architecture, info.description].filter(Boolean).join(', ') };
      }),
    );
    if (device !== null) {
      const own: Device = device;
      for (const check of deviceChecks((entry, inputs) => probe(own, entry, inputs))) tell(await check);
      own.dispose();
    }
  } else {
    for (const check of twinChecks()) tell(await check);
  }
  for (const check of runChecks(engine)) tell(await check);
  send({ type: 'checks-end', passed });
}

function* twinChecks(): Generator<Promise<Check>> {
  yield attempt('Threefry4x32-20 gives the published words', async () => {
    const out = new Int32Array(4);
    const found = PUBLISHED.map(({ key, counter }) => {
      const [k0, k1, k2, k3] = key;
      const [c0, c1, c2, c3] = counter;
      threefry4x32(out, 1, c0, c1, c2, c3, k0, k1, k2, k3);
      return hex(out);
    });
    const wrong = found.findIndex((words, i) => words !== hex(PUBLISHED[i].words));
    return { passed: wrong < 0, detail: wrong < 0 ? '3 of 3 vectors' : `vector ${wrong}: ${found[wrong]}` };
  });
}

type Ask = (
  entry: 'threefry_words' | 'normals' | 'expm1_probe' | 'arithmetic',
  inputs: Uint32Array,
) => Promise<Uint32Array<ArrayBuffer>>;

const BLOCKS = 4096;
/** |z − z_f64| / (1 + |z_f64|) that f32 polynomials keep. */
const NORMAL_BOUND = 2e-6;

function* deviceChecks(ask: Ask): Generator<Promise<Check>> {
  yield attempt('Threefry4x32-20 gives the published words', async () => {
    const words = await ask(
      'threefry_words',
      Uint32Array.from(PUBLISHED.flatMap(({ key, counter }) => [...key, ...counter])),
    );
    const wrong = PUBLISHED.findIndex((answer, i) => hex(words.slice(4 * i, 4 * i + 4)) !== hex(answer.words));
    return {
      passed: wrong < 0,
      detail: wrong < 0 ? '3 of 3 vectors' : `vector ${wrong}: ${hex(words.slice(4 * wrong, 4 * wrong + 4))}`,
    };
  });
  const expected = new Int32Array(4 * BLOCKS);
  fillWords(expected, 2 ** 40 + 7, 3, Stream.brownian, 11, 2, 0, 4 * BLOCKS);
  yield attempt(`The same words as on the CPU at ${BLOCKS} addresses`, async () => {
    const inputs = new Uint32Array(8 * BLOCKS);
    for (let k = 0; k < BLOCKS; k++) inputs.set([7, 2 ** 8, 3, Stream.brownian, k, 11, 0, 2], 8 * k);
    const words = await ask('threefry_words', inputs);
    let wrong = 0;
    for (let i = 0; i < words.length; i++) if (words[i] !== expected[i] >>> 0) wrong++;
    return { passed: wrong === 0, detail: `${wrong} of ${words.length} words differ` };
  });
  yield attempt('Normals as on the CPU in f64', async () => {
    const z = new Float64Array(4 * BLOCKS);
    normalsFromWords(z, 0, expected, BLOCKS);
    const found = new Float32Array((await ask('normals', new Uint32Array(expected.buffer))).buffer);
    let worst = 0;
    for (let i = 0; i < z.length; i++) {
      const error = Math.abs(found[i] - z[i]) / (1 + Math.abs(z[i]));
      worst = error > worst || Number.isNaN(error) ? error : worst;
    }
    return {
      passed: worst <= NORMAL_BOUND,
      detail: `largest error ${worst.toExponential(2)}, allowed ${NORMAL_BOUND}`,
    };
  });
  yield attempt('expm1 keeps small arguments', async () => {
    const inputs = Float32Array.from({ length: 256 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** (-30 + (i % 32)));
    const found = new Float32Array((await ask('expm1_probe', new Uint32Array(inputs.buffer))).buffer);
    let worst = 0;
    for (let i = 0; i < inputs.length; i++) {
      const exact = Math.expm1(inputs[i]);
      const error = Math.abs(found[i] - exact) / Math.abs(exact);
      worst = error > worst || Number.isNaN(error) ? error : worst;
    }
    return { passed: worst <= 1e-6, detail: `largest relative error ${worst.toExponential(2)}, allowed 1e-6` };
  });
  yield attempt('Arithmetic of this device (nothing relies on it)', async () => {
    const inputs = Float32Array.of(1, 2 ** -26, 0, 1.5);
    const [twoSum, , sine] = new Float32Array((await ask('arithmetic', new Uint32Array(inputs.buffer))).buffer);
    const kept = twoSum === 2 ** -26;
    const off = Math.abs(sine - Math.sin(1.5));
    return {
      passed: true,
      detail: `two-sum ${kept ? 'is kept' : 'is simplified away'}; built-in sin is off by ${off.toExponential(1)} at 1.5`,
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
