/** `layout: "random"`: λ, b, u and v drawn independently from their laws, as docs/paths.md specifies ("Random layouts"). */
import { pow } from '../../elementary/index.ts';
import type { ExperimentProblem } from '../experiment.ts';
import { marchenkoPasturQuantile } from '../marchenkopastur.ts';
import type { Problem } from '../types.ts';

/** What is drawn; each has words of its own. Values are part of the format. */
export const Column = { lambda: 0, b: 1, u: 2, v: 3 } as const;
export type Column = (typeof Column)[keyof typeof Column];

/** Where the draws come from (src/random/layout.ts). Coordinate i has the same draw whatever the dimension is. */
export interface Draws {
  /** Fills `out` with uniforms on (0, 1). */
  uniforms(column: Column, out: Float64Array): void;
  /** Fills `out` with standard normals. */
  normals(column: Column, out: Float64Array): void;
}

/** Whether replicas share one draw of the problem; null where the problem is not drawn. */
export function randomLayout({ layout }: Pick<ExperimentProblem, 'layout'>): { readonly shared: boolean } | null {
  if (layout === undefined || layout === 'quantiles') return null;
  return layout === 'random' ? { shared: false } : layout;
}

/** O(d) time. What is given by values stays as it is. */
export function drawLayout(problem: ExperimentProblem, draws: Draws): Pick<Problem, 'lambda' | 'b' | 'u0' | 'v0'> {
  const { dimension, initialization: start, parametrization } = problem;
  const column = () => new Float64Array(dimension);
  const normals = (which: Column, scale: number): Float64Array => {
    const out = column();
    if (scale === 0) return out;
    draws.normals(which, out);
    return out.map((z) => scale * z);
  };
  const [lambda, b] = [drawCovariance(problem, draws), drawTarget(problem, draws, normals)];
  switch (start.kind) {
    case 'constant':
      return { lambda, b, u0: column().fill(start.u), v0: column().fill(start.v) };
    case 'values':
      return { lambda, b, u0: Float64Array.from(start.u), v0: start.v ? Float64Array.from(start.v) : column() };
    case 'gaussian': {
      const v0 = parametrization === 'square' ? column() : normals(Column.v, start.scale);
      return { lambda, b, u0: normals(Column.u, start.scale), v0 };
    }
  }
}

function drawCovariance({ covariance, dimension }: ExperimentProblem, draws: Draws): Float64Array {
  const out = new Float64Array(dimension);
  switch (covariance.kind) {
    case 'identity':
      return out.fill(1);
    case 'values':
      return Float64Array.from(covariance.values);
    case 'empirical':
      throw new TypeError('the covariance of data from files is laid out with them');
    case 'two-level': {
      const { low, high, fraction } = covariance;
      draws.uniforms(Column.lambda, out);
      return out.map((x) => (x < fraction ? high : low));
    }
    case 'power-law': {
      const a = covariance.exponent;
      draws.uniforms(Column.lambda, out);
      return out.map((x) => (a + 1) * pow(x, a));
    }
    case 'marchenko-pastur':
      draws.uniforms(Column.lambda, out);
      return out.map((x) => marchenkoPasturQuantile(covariance.ratio, x));
  }
}

function drawTarget(
  { target, dimension }: ExperimentProblem,
  draws: Draws,
  normals: (column: Column, scale: number) => Float64Array,
): Float64Array {
  const out = new Float64Array(dimension);
  switch (target.kind) {
    case 'sparse':
      draws.uniforms(Column.b, out);
      return out.map((x) => (x < target.fraction ? target.value : 0));
    case 'constant':
      return out.fill(target.value);
    case 'gaussian':
      return normals(Column.b, target.scale);
    case 'values':
      return Float64Array.from(target.values);
    case 'unknown':
      throw new TypeError('the target of data from files is laid out with them');
  }
}
