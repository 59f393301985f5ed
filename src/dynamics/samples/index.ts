/** Where samples come from: one tuple. */
import { fresh } from './fresh.ts';

export const samples = [fresh] as const;
