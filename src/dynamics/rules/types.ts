/** What a rule of SGD is: what it remembers of every weight, and how it moves it. Plain data. */
import type { z } from 'zod';

export interface Rule {
  readonly kind: string;
  /** θ of the momentum; 0 without. In the limit d → ∞ γ/(1 − θ) stands for γ. */
  readonly theta: number;
  /** The next memory m of a weight, over m (0 at the start), g (its gradient) and theta; null: it remembers nothing. */
  readonly memory: string | null;
  /** The weight moves by −γ·step, over g, theta and the next m. */
  readonly step: string;
}

/** A rule as a file names it: one file each. */
export interface MomentumRule<M> {
  readonly kind: string;
  readonly label: string;
  readonly schema: z.ZodType<M>;
  rule(momentum: M): Rule;
}
