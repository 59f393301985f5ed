/** Moments: scalar expressions over one coordinate, and the state they are evaluated on. The compilers are beside this file. */

/** The state of one coordinate, with what follows from it: the variables an expression can name. */
export interface Coordinate {
  u: number;
  v: number;
  beta: number;
  b: number;
  lambda: number;
  /** β − b, computed without cancellation where the engine can. An expression says `beta - b` or `b - beta`. */
  e: number;
  /** κ, the parametrization's own. Named statistics only. */
  kappa: number;
  /**
   * ∂²β/∂w² along the direction of a step: with α = (γ/√d)·r·x_i a step of plain SGD has β⁺ = β − ακ + ½α²·bend + O(α³), so
   * that ½·bend·d⟨α⟩ is the Itô drift of β. Named statistics only.
   */
  bend: number;
  /** s = log|p q|, −∞ on a balanced coordinate. Named statistics only. */
  s: number;
}

export type Variable = keyof Coordinate;

export interface Moment {
  /** The expression as written. Two moments with the same source are the same moment. */
  readonly source: string;
  /** f64 value. Pure; allocates nothing. Outside a function's domain the value is NaN or infinite, as in IEEE arithmetic. */
  evaluate(c: Readonly<Coordinate>): number;
  /**
   * The same as a WGSL f32 expression over the identifiers u, v, beta, b, lambda, e, kappa, s (all f32). It may call the
   * functions `elementary_*` of shaders/lib/elementary.wgsl, which therefore goes into every shader that evaluates moments.
   * WGSL promises nothing about infinities and NaN: outside a function's domain, or beyond f32's range, the value is unspecified.
   */
  readonly wgsl: string;
  /** The variables the expression reads; absent means any. Lets an engine leave out what nobody asked for (s costs two logs). */
  readonly variables?: ReadonlySet<Variable>;
}
