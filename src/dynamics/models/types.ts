/** What a model is: β as a function of the weights of a coordinate, and how a step moves them. Plain data: every engine compiles the expressions. */
import type { z } from 'zod';
import type { Line } from './line.ts';

/**
 * One number w of a coordinate's state. A sample with residual r and feature x_i moves it by w ← w − α·direction, α = (γ/√d)·r·x_i: `direction` is ∂β/∂w
 * up to the rotation that makes it a function of w alone. β is a sum over planes, so each is moved by itself.
 */
export interface Plane {
  /** Its value at the start, over u and v. */
  readonly start: string;
  /** Over w. */
  readonly direction: string;
  /** d direction/dw, over w: half of its product with `direction` is what Itô and Stratonovich differ by. */
  readonly slope: string;
  /** Its share of β(w + d) − β(w), over w and d, without a difference of large numbers: what keeps small errors in f32. */
  readonly moved: string;
  /** The change of w along dw/ds = −direction from 0 to s, over w and s, exact and without a difference of large numbers. */
  readonly flow: string;
}

export interface Model {
  readonly kind: string;
  /** One or two, called p and q below. */
  readonly planes: readonly Plane[];
  /** The weights, over p and q. */
  readonly u: string;
  readonly v: string;
  readonly beta: string;
  /** Σ of squared derivatives of β in the weights. */
  readonly kappa: string;
  /** Second derivative of β along the direction of a step (src/expression/expression.ts). */
  readonly bend: string;
  /**
   * The weights of the planes times which they are those of src/problem/hyperbolic.ts: the fast engines, the exact drift flow and the PDE in ζ know
   * these models. Absent: whatever there is runs from the expressions.
   */
  readonly hyperbolic?: 'product' | 'difference' | 'square';
  /** Of a model of one plane beyond those: its coordinate for the PDE. */
  readonly line?: Line;
  /** Why the PDE cannot be solved: one sentence; absent where it can. */
  readonly withoutLimit?: string;
}

/** A model as a file names it: one file each. */
export interface ModelRule<P> {
  readonly kind: string;
  /** What it is in the lab. */
  readonly label: string;
  /** β in plain characters. */
  readonly formula: string;
  /** Absent where its name alone says it all. */
  readonly schema?: z.ZodType<P>;
  model(parametrization: P): Model;
}
