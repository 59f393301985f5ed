/**
 * Models of one plane, as the PDE takes them: the coordinate U(w) = ∫dw/direction, in which the noise is additive (docs/theory.md, "Depth"). With w⁺ = w − α·direction,
 * Itô has dU = −dα − ½ slope d⟨α⟩ and dβ/dU = κ.
 */

/** One coordinate at one U. */
export interface LinePoint {
  weight: number;
  beta: number;
  /** β − b. */
  e: number;
  kappa: number;
  bend: number;
}

export interface Line {
  /** U stays below this; ∞ where it has no end. */
  readonly end: number;
  /** U of a weight, increasing. */
  coordinate(weight: number): number;
  weight(u: number): number;
  /** U where β = b; NaN where there is none. */
  resting(b: number): number;
  /** ∂direction/∂w at U, which may be infinite only at the end, and its derivative by U. */
  slope(u: number): number;
  slopeByU(u: number): number;
  /** e and κ at U = origin + δ, to full relative accuracy of e where the origin rests (β = b there; otherwise it is 0). NaN or ∞ at the end and beyond. */
  errors(
    origin: number,
    b: number,
    delta: Float64Array,
    first: number,
    count: number,
    e: Float64Array,
    kappa: Float64Array,
  ): void;
  read(origin: number, b: number, delta: number, out: LinePoint): void;
}

/** β = w^L, L ≥ 3, w > 0: U = −w^(2−L)/(L(L−2)). Everything is a power of |U|, found from its logarithm. */
export function powerLine(depth: number): Line {
  const L = depth;
  const per = L * (L - 2);
  // Powers of |U| that w, β, κ and bend are.
  const ofWeight = -1 / (L - 2);
  const ofBeta = -L / (L - 2);
  const ofKappa = (2 - 2 * L) / (L - 2);
  const ofBend = (4 - 3 * L) / (L - 2);
  const pull = (L - 1) / (L - 2);
  const weight = (u: number) => (-per * u) ** ofWeight;
  const coordinate = (w: number) => -(w ** (2 - L)) / per;
  return {
    end: 0,
    coordinate,
    weight,
    resting: (b) => (b > 0 ? coordinate(b ** (1 / L)) : Number.NaN),
    slope: (u) => -pull / u,
    slopeByU: (u) => pull / (u * u),
    errors(origin, b, delta, first, count, e, kappa) {
      const rests = origin < 0;
      const at = rests ? origin : -1;
      const w = weight(at);
      const beta = rests ? b : w ** L;
      const curvature = L * L * w ** (2 * L - 2);
      const inverse = 1 / at;
      for (let i = first; i < first + count; i++) {
        // log|U/at|.
        const x = rests ? Math.log1p(delta[i] * inverse) : Math.log(-delta[i]);
        e[i] = rests ? beta * Math.expm1(ofBeta * x) : beta * Math.exp(ofBeta * x) - b;
        kappa[i] = curvature * Math.exp(ofKappa * x);
      }
    },
    read(origin, b, delta, out) {
      const rests = origin < 0;
      const at = rests ? origin : -1;
      const w = weight(at);
      const x = rests ? Math.log1p(delta / at) : Math.log(-delta);
      out.weight = w * Math.exp(ofWeight * x);
      out.beta = (rests ? b : w ** L) * Math.exp(ofBeta * x);
      out.e = rests ? b * Math.expm1(ofBeta * x) : out.beta - b;
      out.kappa = L * L * w ** (2 * L - 2) * Math.exp(ofKappa * x);
      out.bend = L ** 3 * (L - 1) * w ** (3 * L - 4) * Math.exp(ofBend * x);
    },
  };
}
