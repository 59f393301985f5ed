/** How the methods of a run are told apart. */
import type { MethodKind } from '../results/index.ts';

/** One entry of the file's `methods`. */
export interface MethodName {
  readonly method: MethodKind;
  /** Position in `methods`. */
  readonly index: number;
}
