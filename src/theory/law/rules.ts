/** One-dimensional quadratures of the laws of λ and b: nodes with weights that sum to 1. */
import { gaussRule } from './gauss.ts';

export interface Rule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** Each level has this many times the nodes of the one before. */
export const LEVEL_GROWTH = 1.4;

export function atoms(pairs: readonly (readonly [node: number, weight: number])[]): Rule {
  const kept = pairs.filter(([, weight]) => weight > 0);
  return { nodes: kept.map(([node]) => node), weights: kept.map(([, weight]) => weight) };
}

function normalized(nodes: readonly number[], weights: readonly number[]): Rule {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { nodes, weights: weights.map((weight) => weight / sum) };
}

/**
 * Gauss rule of the Marchenko–Pastur law of mean 1 and ratio r; its recurrence has a₀ = 1 and then a_k = 1 + r, b_k = r. Averages of a class are entire
 * functions of λ, so the rule converges faster than geometrically.
 */
export function marchenkoPasturRule(ratio: number, level: number): Rule {
  return gaussRule(Math.ceil(3 * LEVEL_GROWTH ** level), {
    centre: (k) => (k === 0 ? 1 : 1 + ratio),
    square: () => ratio,
  });
}

/**
 * λ = (a + 1)x^a with x uniform on (0, 1), a > −1. For a > 0 the Gauss rule in λ, whose density is ∝ λ^(1/a − 1) on (0, a + 1);
 * for a < 0, where λ is unbounded, Gauss–Legendre in log x, which resolves every scale of x near 0, down to x = ε, and one node for what lies below:
 * there everything follows the slow classes at once, so only the parts of ⟨λ⟩ and, where it is finite, of ⟨λ²⟩ matter, which that node has.
 */
export function powerLawRule(exponent: number, level: number, cutoff: number): Rule {
  if (exponent === 0) return atoms([[1, 1]]);
  if (exponent > 0) {
    // Jacobi polynomials with weight (1 + t)^β, λ = (a + 1)(1 + t)/2.
    const beta = 1 / exponent - 1;
    const scale = (exponent + 1) / 2;
    return gaussRule(Math.ceil(3 * LEVEL_GROWTH ** level), {
      centre: (k) =>
        scale * (1 + (k === 0 ? beta / (beta + 2) : (beta * beta) / ((2 * k + beta) * (2 * k + beta + 2)))),
      square: (k) => {
        const m = 2 * k + beta;
        const ratio =
          k === 1 ? (4 * (1 + beta)) / (m * m * (m + 1)) : (4 * k * k * (k + beta) ** 2) / (m * m * (m * m - 1));
        return scale * scale * ratio;
      },
    });
  }
  const end = -1.5 * Math.log(Math.min(cutoff, 1e-4));
  const rule = gaussRule(Math.ceil((3 + 0.8 * -exponent * end) * LEVEL_GROWTH ** level), {
    centre: () => -0.5 * end,
    square: (k) => (0.5 * end * k) ** 2 / (4 * k * k - 1),
  });
  const nodes = rule.nodes.map((logX) => (exponent + 1) * Math.exp(exponent * logX));
  const weights = rule.nodes.map((logX, i) => end * rule.weights[i] * Math.exp(logX));
  const below = Math.exp(-(exponent + 1) * end);
  const atEnd = (exponent + 1) * Math.exp(-exponent * end);
  const last = exponent > -0.5 ? (atEnd * (1 + exponent)) / (1 + 2 * exponent) : atEnd;
  nodes.push(last);
  weights.push(below / last);
  return normalized(nodes, weights);
}

/** Below it the rule is that of this scale, shrunk: 1/scale would overflow. */
const LEAST_SCALE = 1e-280;

/**
 * b ~ N(0, scale²), b = ½H sinh x, by the trapezoidal rule in x: resolves b from H to the tails. Averages over a class depend on
 * b through √(h² + 4b²), h ≥ H, which is analytic in x; late in a run they vary on b ~ h = e^s. Nodes are symmetric, never 0.
 */
export function gaussianRule(
  scale: number,
  level: number,
  { logScale, cutoff, density = 1 }: { readonly logScale: number; readonly cutoff: number; readonly density?: number },
): Rule {
  if (scale === 0) return atoms([[0, 1]]);
  if (scale < LEAST_SCALE) {
    const shrink = scale / LEAST_SCALE;
    const { nodes, weights } = gaussianRule(LEAST_SCALE, level, {
      logScale: logScale - Math.log(shrink),
      cutoff,
      density,
    });
    return { nodes: nodes.map((b) => shrink * b), weights };
  }
  // Everything is smooth in logScale and density: where rules of many classes stand side by side, jumps between them would be errors of low order.
  const unit = 1 / (Math.exp(-Math.max(logScale, Math.log(scale) - 30)) + 0.5 / scale);
  // Rare coordinates need fewer digits.
  const digits = 1 - 0.5 * Math.min(1, Math.log(density) / Math.log(cutoff));
  const far = scale * Math.sqrt(-2 * Math.log(cutoff));
  const step = 0.8 / LEVEL_GROWTH ** level / digits;
  const half = Math.max(2, Math.ceil(Math.asinh((2 * far) / unit) / step));
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let k = -half; k < half; k++) {
    const x = (k + 0.5) * step;
    const b = 0.5 * unit * Math.sinh(x);
    nodes.push(b);
    weights.push(Math.exp(-0.5 * (b / scale) ** 2) * Math.cosh(x));
  }
  return normalized(nodes, weights);
}
