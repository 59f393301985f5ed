/** How shares in bins travel as statistics. */

/** Name of the statistic of a bin. */
export const binName = (bin: number) => `bin${bin}`;

/** The statistic of a bin is 1 + its share, so that it has a relative error also where the share is 0. */
export const BIN_OFFSET = 1;
