/** Plain SGD: w ← w − γg. */
import type { Rule } from './types.ts';

export const sgd: Rule = { kind: 'sgd', theta: 0, memory: null, step: 'g' };
