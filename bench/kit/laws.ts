/** Limit laws that the sections on the PDE share. */
import { type LimitLaw, lawOfClasses, pointClass } from '../../src/theory/law/index.ts';
import { gaussianClass, halfSparse, setting } from '../../test/theory/support.ts';

export { halfSparse, setting };

/** λ in `side` steps from ½ to 2, b in as many from 0 to 1.4: an even grid of classes, no symmetry between them. */
export const manyClasses = (side: number): LimitLaw =>
  lawOfClasses(
    setting(0.5),
    Array.from({ length: side * side }, (_, i) =>
      pointClass('product', {
        weight: 1 / (side * side),
        lambda: 0.5 * 4 ** ((i % side) / (side - 1)),
        b: (1.4 * Math.floor(i / side)) / (side - 1),
        u: 1,
        v: 0,
      }),
    ),
  );

/** ζ(0) ~ N(0, 0.3²): what a fixed grid in ζ can represent from the start. */
export const GAUSSIAN = [1, 0].map((b) => ({ weight: 0.5, lambda: 1, b, s: 0, mean: 0, width: 0.3 }));

export const gaussianClasses = GAUSSIAN.map(({ weight, lambda, b, s, mean, width }) =>
  gaussianClass(weight, lambda, b, s, mean, width),
);

export const gaussianLaw = lawOfClasses(setting(0.5), gaussianClasses);
