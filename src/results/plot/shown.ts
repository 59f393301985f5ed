/** What can be drawn of results. */
export const SHOWN = ['curves', 'residual', 'slope', 'densities', 'estimates', 'concentration'] as const;
export type Shown = (typeof SHOWN)[number];
