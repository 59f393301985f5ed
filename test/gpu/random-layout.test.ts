/** `layout: "random"`, where each replica has a problem of its own, on the GPU against the f64 reference, path by path. */
import { afterAll, expect, it } from 'vitest';
import { problemOf } from '../../src/random/index.ts';
import { parseExperiment, runExperiment } from '../../src/run/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { named, type Paths, referencePaths, requestFor, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

const REPLICAS = 3;

const experiment = parseExperiment({
  problem: {
    dimension: 64,
    covariance: { kind: 'marchenko-pastur', ratio: 0.5 },
    target: { kind: 'sparse', fraction: 0.3 },
    initialization: { kind: 'gaussian', scale: 0.5 },
    labelNoise: 0.1,
    layout: 'random',
  },
  stepSize: 0.3,
  horizon: 1.5,
  samples: 3,
  statistics: ['risk', 'curvature', 'l1'],
  methods: [
    { kind: 'sgd', replicas: REPLICAS },
    { kind: 'sde', replicas: REPLICAS, timeStep: 0.07 },
  ],
  seed: 11,
});
const statistics = named('risk', 'curvature', 'l1');
const times = [0, 0.5, 1, 1.5];

it('gives every replica the path of its own problem', async () => {
  const found = experiment.methods.map(() => new Map<string, number[]>());
  const opened = { engine: await testEngine(), adapter: null, reason: 'the test' };
  for await (const event of runExperiment(experiment, { opened })) {
    if (event.type === 'failure') throw new Error(event.event.message);
    if (event.type !== 'samples') continue;
    expect(event.values).toHaveLength(statistics.length);
    found[event.index].set(`${event.firstReplica} ${event.timeIndex}`, [...event.values]);
  }
  for (const [index, kind] of (['sgd', 'sde'] as const).entries()) {
    const sde = { kind: 'sde', scheme: 'strang', timeStep: 0.07, coupling: 'interacting' } as const;
    const starts = new Set<number>();
    for (let replica = 0; replica < REPLICAS; replica++) {
      const request = requestFor(problemOf(experiment, replica), times, {
        method: kind === 'sgd' ? { kind } : sde,
        statistics,
        replicas: { first: replica, count: 1 },
        seed: experiment.seed,
      });
      const reference = await referencePaths(request);
      const rows = times.map((_, timeIndex) => found[index].get(`${replica} ${timeIndex}`)!);
      const gpu: Paths = { ...reference, values: [rows] };
      starts.add(rows[0][0]);
      statistics.forEach(({ name }, k) => {
        expect(worstRelative(gpu, reference, k), `${kind} ${replica} ${name}`).toBeLessThanOrEqual(2e-6);
      });
    }
    expect(starts.size).toBe(REPLICAS);
  }
});
