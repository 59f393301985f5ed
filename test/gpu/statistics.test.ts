/** Statistics summed on the GPU against the f64 definitions, on the same path: every name, user expressions, many at once. */
import { afterAll, expect, it } from 'vitest';
import type { Parametrization } from '../../src/problem/index.ts';
import { namedStatistics, resolveStatistic } from '../../src/statistics/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, halfSparse, named, referencePaths, requestFor, varied, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

it.each<Parametrization>(['product', 'difference', 'square'])('every named statistic: %s', async (parametrization) => {
  const statistics = namedStatistics();
  const d = 1_030;
  const problem = varied(d, {
    parametrization,
    labelNoise: 0.3,
    v0: Float64Array.from({ length: d }, (_, i) => (parametrization === 'square' ? 0 : 0.1 + (i % 13) / 50)),
    u0: Float64Array.from({ length: d }, (_, i) => 0.5 + (i % 17) / 30),
  });
  const request = requestFor(problem, [0, 20 / d, 60 / d], { statistics });
  const gpu = await gpuPaths(await testEngine(), request);
  const reference = await referencePaths(request);
  statistics.forEach(({ name }, k) => {
    expect(worstRelative(gpu, reference, k), name).toBeLessThanOrEqual(2e-6);
  });
  const infinite = statistics.findIndex(({ name }) => name === 'effectiveInitialization');
  expect(Number.isFinite(gpu.values[0][2][infinite])).toBe(parametrization !== 'square');
});

it('an expression in beta - b keeps its digits near the solution, where beta and b agree in all digits of f32', async () => {
  const expression = 'lambda*(beta-b)^2 / 2';
  const statistics = [resolveStatistic('risk'), resolveStatistic({ name: 'mine', expression })];
  const request = requestFor(halfSparse(64, 0.5, 1, 40), [0, 40], { statistics });
  const gpu = await gpuPaths(await testEngine(), request);
  const [risk, mine] = gpu.values[0][1];
  expect(risk).toBeLessThan(1e-11);
  expect(Math.abs(mine / risk - 1)).toBeLessThan(1e-6);
  expect(worstRelative(gpu, await referencePaths(request), 1)).toBeLessThan(1e-3);
});

it('user expressions, more than one dispatch holds, over many slices', async () => {
  const d = 5_003;
  const expressions = [
    'lambda*(beta-b)^4',
    'sin(3*u) + cos(v)^2',
    'exp(-abs(beta))*log(1+u^2)',
    'max(u, v) - min(u, b)',
    'sqrt(u^2+v^2)/(1+lambda)',
    'tanh(beta)^3 + atan(u)',
    ...Array.from({ length: 14 }, (_, k) => `u^${(k % 4) + 1} * (lambda + ${k}) + 1`),
  ];
  const statistics = expressions.map((expression, k) => resolveStatistic({ name: `user${k}`, expression }));
  const request = requestFor(varied(d), [0, 20 / d], { statistics, replicas: { first: 0, count: 3 } });
  const gpu = await gpuPaths(await testEngine(), request);
  const reference = await referencePaths(request);
  expressions.forEach((expression, k) => {
    expect(worstRelative(gpu, reference, k), expression).toBeLessThanOrEqual(3e-6);
  });
});

it('small weights and small beta keep their digits, where p and q are nearly equal or b is 0', async () => {
  const d = 260;
  // From v = 0 a step moves beta by about 1e-4; coordinates without a target leave less and less of it.
  const statistics = ['abs(beta)', 'abs(v)', 'abs(beta)*(1-b)', 'abs(v)*(1-b)'].map((expression, k) =>
    resolveStatistic({ name: `user${k}`, expression }),
  );
  for (const [parametrization, v0] of [
    ['product', 0],
    ['difference', 1],
  ] as const) {
    const problem = halfSparse(d, 0.004, 1, 40, { parametrization, v0: new Float64Array(d).fill(v0) });
    const request = requestFor(problem, [0, 1 / d, 3 / d], { statistics });
    const gpu = await gpuPaths(await testEngine(), request);
    const reference = await referencePaths(request);
    statistics.forEach((_, k) => {
      expect(worstRelative(gpu, reference, k), `${parametrization} ${k}`).toBeLessThanOrEqual(1e-6);
    });
  }
  const late = requestFor(halfSparse(64, 0.5, 1, 40), [0, 40], { statistics: statistics.slice(2, 3) });
  const gpu = await gpuPaths(await testEngine(), late);
  expect(gpu.values[0][1][0]).toBeLessThan(1e-5);
  expect(worstRelative(gpu, await referencePaths(late), 0)).toBeLessThan(1e-4);
});

it('effective initialization has no value once a weight is too small for f32, and is right before', async () => {
  // log|p q| falls by 2 γ² λ R ≥ γ² σ² a unit of time: below log 10^-38 = -87 by t = 12.
  const problem = halfSparse(40, 1, 1, 16, { labelNoise: 3 });
  const method = { kind: 'sde', scheme: 'strang', timeStep: 0.1, coupling: 'interacting' } as const;
  const request = requestFor(problem, [0, 3, 16], { method, statistics: named('effectiveInitialization', 'risk') });
  const gpu = (await gpuPaths(await testEngine(), request)).values[0];
  const reference = (await referencePaths(request)).values[0];
  expect(Math.abs(gpu[1][0] / reference[1][0] - 1)).toBeLessThan(1e-5);
  expect(reference[2][0]).toBeLessThan(-100);
  expect(gpu[2][0]).toBeNaN();
  expect(Math.abs(gpu[2][1] / reference[2][1] - 1)).toBeLessThan(1e-4);
});

it('expressions as long as they may be compile: SwiftShader hung on twenty powers', async () => {
  const d = 100;
  const terms = (term: (j: number) => string, n: number) => Array.from({ length: n }, (_, j) => term(j)).join('+');
  const expressions = [
    terms((j) => `pow(abs(v)+1,1.${j + 1})`, 24),
    terms((j) => `log1p(abs(u)+${j})*acosh(2+v^2)`, 24),
    terms((j) => `pow(atan(u+${j}),asinh(cbrt(tanh(v))+4))`, 20),
  ];
  const statistics = expressions.map((expression, k) => resolveStatistic({ name: `long${k}`, expression }));
  const request = requestFor(varied(d), [0, 5 / d], { statistics });
  const gpu = await gpuPaths(await testEngine(), request);
  const reference = await referencePaths(request);
  expressions.forEach((expression, k) => {
    expect(worstRelative(gpu, reference, k), expression).toBeLessThanOrEqual(3e-6);
  });
});

it('means over millions of coordinates lose no digits in f32 sums', async () => {
  const d = 2 ** 23;
  const constants = [0.1, 0.3, 1.3];
  const statistics = constants.map((value, k) => resolveStatistic({ name: `c${k}`, expression: `${value}` }));
  const { values } = await gpuPaths(await testEngine(), requestFor(halfSparse(d, 0.1, 1, 1), [0], { statistics }));
  // A thread's 64 terms, its eight parts, 64 threads: each addition rounds by 2^-24 of the sum so far at most. One sum of 512 terms
  // drifts by 4e-6 to 5e-6 with these three, as arithmetic in f32 says.
  constants.forEach((value, k) => {
    expect(Math.abs(values[0][0][k] / value - 1)).toBeLessThanOrEqual(2e-6);
  });
});
