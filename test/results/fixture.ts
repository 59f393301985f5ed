/** A result of a made-up run: exponentially decaying statistics, ensembles spread around them. */
import { Ensemble } from '../../src/ensemble/index.ts';
import { parseExperiment } from '../../src/problem/index.ts';
import {
  buildResult,
  type Curve,
  deterministicCurves,
  ensembleCurves,
  type Result,
  type ResultEvent,
} from '../../src/results/index.ts';

export interface Made {
  readonly statistics?: readonly (string | { name: string; expression: string })[];
  readonly methods?: readonly Record<string, unknown>[];
  readonly samples?: number;
  /** Value of statistic k at time t for the limit. */
  readonly limit?: (k: number, t: number) => number;
  /** Factor of replica r at time t. */
  readonly spread?: (r: number, t: number) => number;
  readonly fails?: readonly { readonly index: number; readonly replica: number; readonly time: number }[];
  readonly events?: readonly ResultEvent[];
}

export function makeResult(made: Made = {}): Result {
  const {
    statistics = ['risk', 'curvature'],
    methods = [{ kind: 'sgd', replicas: 8 }, { kind: 'sde', replicas: 5 }, { kind: 'pde' }, { kind: 'flow' }],
    samples = 40,
    limit = (k, t) => (k === 0 ? 0.25 * Math.exp(-0.7 * t) : 1.5 - 0.5 * Math.exp(-t)),
    spread = (r, t) => Math.exp(0.2 * Math.sqrt(t) * Math.sin(r * 2.4 + 3 * t)),
    fails = [],
    events = [],
  } = made;
  const experiment = parseExperiment({ problem: { dimension: 4096 }, horizon: 8, samples, statistics, methods });
  const names = experiment.statistics.map((s) => (typeof s === 'string' ? s : s.name));
  const times = Float64Array.from({ length: samples + 1 }, (_, k) => (8 * k) / samples);
  const curves: Curve[] = [];
  const diverged: ResultEvent[] = [];
  experiment.methods.forEach((method, index) => {
    const source = { method: method.kind, index, statistics: names, times };
    if (method.kind === 'pde' || method.kind === 'flow') {
      const scale = method.kind === 'flow' ? 0.8 : 1;
      const values = Float64Array.from(
        [...times].flatMap((t) => names.map((_, k) => limit(k, t) * (method.kind === 'flow' ? scale ** t : 1))),
      );
      curves.push(...deterministicCurves(source, values));
      return;
    }
    const ensemble = new Ensemble({ times, statistics: names.length, replicas: { first: 0, count: method.replicas } });
    for (let r = 0; r < method.replicas; r++) {
      const fail = fails.find((f) => f.index === index && f.replica === r);
      times.forEach((t, timeIndex) => {
        const gone = fail !== undefined && t > fail.time;
        const values = Float64Array.from(names, (_, k) =>
          gone ? Number.NaN : limit(k, t) * spread(r + 10 * index, t),
        );
        ensemble.add({ type: 'samples', timeIndex, firstReplica: r, values });
      });
      if (fail) {
        ensemble.add({ type: 'failure', replica: r, time: fail.time, message: 'residual beyond the limit' });
        diverged.push({
          method: method.kind,
          index,
          kind: 'diverged',
          time: fail.time,
          replica: r,
          message: `replica ${r} diverged`,
        });
      }
    }
    curves.push(...ensembleCurves(source, ensemble.curves(), method.replicas, ensemble.failures.length));
  });
  return buildResult({
    experiment,
    provenance: {
      software: 'diagflow 0.1.0',
      backend: 'reference',
      adapter: null,
      started: '2026-11-23T12:00:00.000Z',
      seconds: { 'sgd[0]': 1.25 },
    },
    curves,
    events: [...diverged, ...events],
    prediction: { terminalRate: 0.7, criticalStepSize: 1.32 },
  });
}

export const blowUp: ResultEvent = {
  method: 'pde',
  index: 2,
  kind: 'blow-up',
  time: 3.29,
  message: 'the risk blows up at t = 3.29',
};
