/** Where samples come from: one tuple. */
import { files } from './files.ts';
import { finite } from './finite.ts';
import { fresh } from './fresh.ts';

export type { FiniteData } from './finite.ts';
export { MOST_SAMPLES } from './finite.ts';
export type { Order } from './order.ts';
export const samples = [fresh, finite, files] as const;
