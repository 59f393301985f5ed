/** Everything that was set, and what computed it, in one line under a picture. */
import { formulaOf } from '../../dynamics/index.ts';
import type { Experiment } from '../../problem/index.ts';
import type { Result } from '../format.ts';
import { readable, tickLabel } from './axis.ts';
import { ABSENT, differences } from './differences.ts';
import { symbolOf } from './fieldnames.ts';
import { METHOD_LABEL } from './palette.ts';

/** `sparse (fraction 0.5, value 1)`, `0.5` */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length > 3 ? `${value.length} values` : value.map(inWords).join(', ');
  if (typeof value === 'number') return tickLabel(Number(value.toPrecision(6)));
  if (typeof value !== 'object' || value === null) return String(value);
  const { kind, ...rest } = value as Record<string, unknown>;
  const parts = Object.entries(rest).map(([key, one]) => `${key} ${inWords(one)}`);
  const inside = parts.join(', ');
  if (kind === undefined) return inside;
  return parts.length > 0 ? `${kind} (${inside})` : String(kind);
}

function methodWords({ kind, ...rest }: Experiment['methods'][number]): string {
  const { replicas, ...others } = rest as { replicas?: number } & Record<string, unknown>;
  const settings = Object.entries(others).map(([key, value]) => `${key} ${inWords(value)}`);
  return `${METHOD_LABEL[kind]}${replicas === undefined ? '' : ` × ${replicas}`}${settings.length > 0 ? ` (${settings.join(', ')})` : ''}`;
}

/** `varied`: paths whose values differ between the runs of the picture, in whose place `instead` stands. */
export function parametersOf(
  { problem, stepSize, momentum, horizon, samples, times, seed, methods }: Experiment,
  varied: readonly string[] = [],
  instead = 'see names',
): string {
  const { parametrization, dimension, covariance, target, initialization, labelNoise, batchSize, ...others } = problem;
  const entries: [path: string, symbol: string, value: unknown][] = [
    // It names β itself.
    ['problem.parametrization', '', formulaOf(parametrization)],
    ['problem.dimension', 'd', dimension],
    ['problem.covariance', 'λ', covariance],
    ['problem.target', 'b', target],
    ['problem.initialization', 'start', initialization],
    ['stepSize', 'γ', stepSize],
    ...(momentum ? ([['momentum', 'momentum', momentum]] as [string, string, unknown][]) : []),
    ['problem.labelNoise', 'σ', labelNoise],
    ['problem.batchSize', 'm', batchSize],
    ...Object.entries(others).map(([key, value]): [string, string, unknown] => [`problem.${key}`, key, value]),
    ['horizon', 'T', horizon],
    times ? ['times', 'save times', times.length] : ['samples', 'save times', samples],
  ];
  const differs = (path: string) => varied.some((one) => one === path || one.startsWith(`${path}.`));
  const words = entries.map(([path, symbol, value]) => {
    const shown = differs(path) ? instead : inWords(value);
    if (symbol === '') return shown;
    return `${symbol}${typeof value === 'number' || shown === instead ? ' = ' : ': '}${shown}`;
  });
  const ran = varied.some((path) => path.startsWith('methods'))
    ? 'methods differ'
    : methods.map(methodWords).join(', ');
  return [...words, ran, differs('seed') ? 'seeds differ' : `seed ${seed}`].join('; ');
}

/** What computed the numbers. */
export function provenanceOf({ provenance, prediction }: Result): string {
  const { software, backend } = provenance;
  const { terminalRate = null, criticalStepSize = null } = prediction ?? {};
  return [
    `${software}, ${backend} engine`,
    terminalRate === null ? '' : `predicted rate ρ = ${readable(terminalRate, 3)}`,
    criticalStepSize === null ? '' : `critical step size γ_c = ${readable(criticalStepSize, 3)}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** Differences written out at most. */
const MOST_TOLD = 6;

/** The caption of one result or several: what they share, then what each has of its own. */
export function captionOf(results: readonly Result[]): string[] {
  const apart = differences(results.map(({ experiment }) => experiment));
  const shared = parametersOf(
    results[0].experiment,
    apart.map(({ path }) => path),
  );
  if (results.length === 1) return [`${shared}; ${provenanceOf(results[0])}`];
  // Names say one difference; of several they say a part.
  const told = (apart.length > 1 ? apart.slice(0, MOST_TOLD) : []).map(
    ({ path, values }) =>
      `${symbolOf(path)}: ${values.map((value) => (value === ABSENT ? 'none' : value)).join(' | ')}`,
  );
  const software = [
    ...new Set(results.map(({ provenance }) => `${provenance.software}, ${provenance.backend} engine`)),
  ];
  return [
    `${shared}; ${software.join(', ')}`,
    ...(told.length > 0 ? [`In the order of the names: ${told.join('; ')}`] : []),
  ];
}
