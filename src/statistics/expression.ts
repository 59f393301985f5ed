/** Moments: scalar expressions over one coordinate. (Types; the parser and the compilers are added beside them.) */

/** The state of one coordinate, with what follows from it: the variables an expression can name. */
export interface Coordinate {
  u: number;
  v: number;
  beta: number;
  b: number;
  lambda: number;
  /** β − b, computed without cancellation where the engine can. Named statistics only. */
  e: number;
  /** κ, the parametrization's own. Named statistics only. */
  kappa: number;
  /** s = log|p q|, −∞ on a balanced coordinate. Named statistics only. */
  s: number;
}

export interface Moment {
  /** The expression as written. Two moments with the same source are the same moment. */
  readonly source: string;
  /** f64 value. Pure; allocates nothing. */
  evaluate(c: Readonly<Coordinate>): number;
  /** The same as a WGSL f32 expression over the identifiers u, v, beta, b, lambda, e, kappa, s (all f32). */
  readonly wgsl: string;
}
