/** Words and normals alone: what the self-test, the tests and the benchmark of the generator call. */
import { GROUP, fillWords } from './threefry';
import { gaussian } from './feature';

export { fillWords, gaussian };
export { rademacher, studentT, uniform } from './feature';

/** Fills 16·groups normals at `dst` in stretches that stay in the first-level cache. */
export function fillNormals(dst: usize, groups: i32, quad: i32, c1: i32, c2: i32, c3: i32, k0: i32, k1: i32, k2: i32, k3: i32): void {
  for (let g = 0; g < groups; g += 32) {
    const n = min(32, groups - g);
    fillWords(dst, n, quad + 4 * g, c1, c2, c3, k0, k1, k2, k3);
    gaussian(dst, n);
    dst += GROUP * <usize>n;
  }
}
