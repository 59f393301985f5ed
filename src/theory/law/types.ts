/** The law that a problem tends to as d → ∞, as the PDE takes it (docs/theory.md, "Classes and the Fokker–Planck equation"). */
import type { Momentum, Parametrization, StepSize } from '../../problem/types.ts';

/**
 * A class: a value of (λ, b, s(0)) and a law of the other coordinate, shared by a fraction of the coordinates. It is given as its
 * dynamics see it, in hyperbolic coordinates with p ≠ 0 (unless p = q = 0): where p and q of the problem have been exchanged, b is
 * negated; `views` say how to go back.
 */
export interface LimitClass {
  /** ω ≥ 0, the fraction. */
  readonly weight: number;
  /** λ > 0. */
  readonly lambda: number;
  /** b of the dynamics. */
  readonly b: number;
  /** s(0) = log|p q|; −∞ on a balanced start (q = 0). */
  readonly s: number;
  readonly start: ClassStart;
  /** Shares sum to 1. */
  readonly views: readonly View[];
}

/** A part of a class as the problem sees it: exchanged (p ↔ q, so β, b and β − b change sign) or not, and the signs of its p and q. */
export interface View {
  readonly exchanged: boolean;
  readonly p: 1 | -1;
  readonly q: 1 | -1;
  readonly share: number;
}

export type ClassStart =
  /** log|p| at one value; −∞: p = q = 0, a coordinate that never moves. */
  | { readonly kind: 'point'; readonly logP: number }
  /** ζ (log|p| if balanced) as an increasing function of a standard normal z; writes its values at z_j (increasing) to out. */
  | { readonly kind: 'map'; map(z: Float64Array, out: Float64Array): void };

/** What does not depend on the discretization. */
export interface LimitSetting {
  readonly parametrization: Parametrization;
  /** σ ≥ 0. */
  readonly labelNoise: number;
  /** m ≥ 1. */
  readonly batchSize: number;
  readonly stepSize: StepSize;
  /** The limit moves with γ/(1 − θ); absent: θ = 0. */
  readonly momentum?: Momentum;
  /** T, where a cosine schedule ends. */
  readonly horizon: number;
}

/** A direction in which a law is continuous and must be discretized. */
export type Direction = 'covariance' | 'target' | 'start';

/** How finely the continuous directions of a law are discretized, and how far. */
export interface LawResolution {
  /** By direction; level 0 is the coarsest, each level has about 1.4 times the nodes of the one before. */
  readonly levels: Readonly<Record<Direction, number>>;
  /** ∫g²R/m dt and ∫g dt over the run: with λ and s they say on what scale of b averages vary, so how finely a continuous target is cut at b = 0. */
  readonly clock: number;
  readonly drift: number;
  /** Mass that may be left out at each end of an unbounded law; also, a node of less mass is not cut further in other directions. */
  readonly cutoff: number;
}

export interface LawEdges {
  /** Ends of the spectrum, 0 ≤ low ≤ high ≤ ∞. */
  readonly lambda: readonly [low: number, high: number];
  /** ⟨λ^p⟩ is finite for p below this. */
  readonly moments: number;
  /** inf |b|. */
  readonly b: number;
  /** inf s(0). */
  readonly s: number;
}

/** The law of (λ, b, start) over coordinates as d → ∞: finitely many classes, or quadratures of product laws at any resolution. */
export interface LimitLaw extends LimitSetting {
  /** Empty if the law is a finite sum of classes. */
  readonly directions: readonly Direction[];
  /** With directions: infima and suprema over the law, where they decide how it decays. */
  readonly edges?: LawEdges;
  /** Classes at a resolution; weights sum to 1. Cost O(classes). */
  classes(resolution: LawResolution): readonly LimitClass[];
}
