/**
 * An independent solver, for tests alone: each class's Fokker–Planck equation on a fixed grid in ζ by Scharfetter–Gummel finite volumes,
 * Crank–Nicolson in time with the risk iterated, Richardson extrapolation of two grids. It shares nothing with the transport maps.
 */
export interface GaussianClass {
  readonly weight: number;
  readonly lambda: number;
  readonly b: number;
  /** s(0), and mean and standard deviation of ζ(0). */
  readonly s: number;
  readonly mean: number;
  readonly width: number;
}

export interface FiniteVolumeProblem {
  readonly classes: readonly GaussianClass[];
  readonly stepSize: number;
  readonly labelNoise: number;
  /** |ζ| ≤ reach. */
  readonly reach: number;
  readonly end: number;
  /** Functions of β whose means are wanted as well. */
  readonly averages?: readonly ((beta: number) => number)[];
}

/** [R, Σωλκ, …averages] at `end`, extrapolated from `cells` and 2·`cells` (steps likewise). */
export function finiteVolumeRisk(problem: FiniteVolumeProblem, cells: number, steps: number): number[] {
  const coarse = run(problem, cells, steps);
  const fine = run(problem, 2 * cells, 2 * steps);
  return fine.map((value, k) => value + (value - coarse[k]) / 3);
}

function run(
  { classes, stepSize: g, labelNoise, reach, end, averages = [] }: FiniteVolumeProblem,
  n: number,
  steps: number,
): number[] {
  const dx = (2 * reach) / n;
  const tau = end / steps;
  const rho = classes.map(({ mean, width }) =>
    Float64Array.from({ length: n }, (_, i) => {
      const x = (-reach + (i + 0.5) * dx - mean) / width;
      return Math.exp(-0.5 * x * x) / (width * Math.sqrt(2 * Math.PI));
    }),
  );
  const average = (c: number, clock: number, f: (e: number, kappa: number) => number) => {
    const { s, lambda, b } = classes[c];
    const h = Math.exp(s - 2 * lambda * clock);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const zeta = -reach + (i + 0.5) * dx;
      sum += rho[c][i] * f(0.5 * h * Math.sinh(2 * zeta) - b, h * Math.cosh(2 * zeta));
    }
    return sum * dx;
  };
  const riskOf = (clock: number) =>
    0.5 *
    (labelNoise ** 2 +
      classes.reduce((sum, { weight, lambda }, c) => sum + weight * lambda * average(c, clock, (e) => e * e), 0));
  let clock = 0;
  let risk = riskOf(0);
  for (let k = 0; k < steps; k++) {
    const start = rho.map((row) => row.slice());
    const from = clock;
    const riskFrom = risk;
    for (let iteration = 0; iteration < 4; iteration++) {
      clock = from + 0.5 * tau * g * g * (riskFrom + risk);
      classes.forEach((c, i) => {
        halfSteps(c, g, start[i], rho[i], reach, dx, tau, [riskFrom, from], [risk, clock]);
      });
      const next = riskOf(clock);
      const moved = Math.abs(next - risk) / next;
      risk = next;
      if (moved < 1e-13) break;
    }
  }
  const mean = (of: (c: GaussianClass, e: number, kappa: number) => number) =>
    classes.reduce((sum, c, i) => sum + c.weight * average(i, clock, (e, kappa) => of(c, e, kappa)), 0);
  return [risk, mean(({ lambda }, _, kappa) => lambda * kappa), ...averages.map((f) => mean(({ b }, e) => f(b + e)))];
}

/** One Crank–Nicolson step of one class from `before` to `after`; [R, I] at both ends. */
function halfSteps(
  { lambda, b, s }: GaussianClass,
  g: number,
  before: Float64Array,
  after: Float64Array,
  reach: number,
  dx: number,
  tau: number,
  from: [number, number],
  to: [number, number],
): void {
  const n = before.length;
  const faces = ([risk, clock]: [number, number]) => {
    const h = Math.exp(s - 2 * lambda * clock);
    const diffusion = g * g * lambda * risk;
    // J = left·ρ_i − right·ρ_{i+1} at the inner faces; no flux at the ends.
    const left = new Float64Array(n + 1);
    const right = new Float64Array(n + 1);
    for (let i = 1; i < n; i++) {
      const drift = -g * lambda * (0.5 * h * Math.sinh(2 * (-reach + i * dx)) - b);
      const peclet = (drift * dx) / diffusion;
      left[i] = (diffusion / dx) * bernoulli(-peclet);
      right[i] = (diffusion / dx) * bernoulli(peclet);
    }
    return { left, right };
  };
  const a = faces(from);
  const z = faces(to);
  const k = (0.5 * tau) / dx;
  const rhs = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const inflow = i > 0 ? a.left[i] * before[i - 1] - a.right[i] * before[i] : 0;
    const outflow = i < n - 1 ? a.left[i + 1] * before[i] - a.right[i + 1] * before[i + 1] : 0;
    rhs[i] = before[i] + k * (inflow - outflow);
  }
  const upper = new Float64Array(n);
  let previous = 0;
  for (let i = 0; i < n; i++) {
    const below = i > 0 ? -k * z.left[i] : 0;
    const above = i < n - 1 ? -k * z.right[i + 1] : 0;
    const diagonal = 1 + k * (z.right[i] + z.left[i + 1]);
    const pivot = diagonal - (i > 0 ? below * upper[i - 1] : 0);
    upper[i] = above / pivot;
    previous = (rhs[i] - below * previous) / pivot;
    after[i] = previous;
  }
  for (let i = n - 2; i >= 0; i--) after[i] -= upper[i] * after[i + 1];
}

/** x/(e^x − 1). */
function bernoulli(x: number): number {
  return Math.abs(x) < 1e-8 ? 1 - x / 2 : x / Math.expm1(x);
}
