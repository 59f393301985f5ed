/**
 * Where every random word lives. A draw is addressed by (seed, replica, stream, step, sub, index) and by nothing else, so
 * results do not depend on workers, chunks, workgroup sizes or devices. docs/paths.md is the specification;
 * shaders/lib/random.wgsl is the twin.
 *
 *     key     = (seed mod 2³², ⌊seed / 2³²⌋, replica, stream)
 *     counter = (⌊index / 4⌋, step mod 2³², ⌊step / 2³²⌋, sub)       word = index mod 4
 */

/** The streams: what a word is used for. Values are part of the format and never reused. */
export const Stream = {
  /** Features of SGD: index = coordinate, sub = sample within the mini-batch (always 0 with the block bridge). */
  features: 0,
  /** Label noise ε of SGD: index = sample within the mini-batch, sub = 0. */
  labelNoise: 1,
  /** Block residuals ξ of the block bridge: index = block, sub = sample within the mini-batch. */
  bridge: 2,
  /** Brownian increments of the SDE: index = coordinate, sub = 0, step = time step of the SDE grid. */
  brownian: 3,
  /** Second words of features that need two (Student t): index and sub as for `features`. */
  featuresAuxiliary: 4,
  /** Random layouts of problems: index = coordinate, sub = what is drawn (src/problem/layout/random.ts), step = 0. */
  layout: 5,
  /** Order of the samples of finite data: sub = 0 rows with replacement (index = sample within the mini-batch), 1 keys of an epoch's permutation (step = epoch). */
  order: 6,
} as const;

export type Stream = (typeof Stream)[keyof typeof Stream];
