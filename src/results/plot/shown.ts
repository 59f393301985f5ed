/** What can be drawn of results. */
export const SHOWN = ['curves', 'residual', 'slope', 'densities', 'estimates', 'concentration'] as const;
/** One of the views of `SHOWN`, by name. */
export type Shown = (typeof SHOWN)[number];
