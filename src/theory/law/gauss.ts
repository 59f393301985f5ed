/** Gauss quadrature of a probability measure from its three-term recurrence (Golub and Welsch 1969). */

export interface Recurrence {
  /** Centre a_k of the monic recurrence P_{k+1} = (x − a_k) P_k − b_k P_{k−1}. */
  centre(k: number): number;
  /** b_k > 0, k ≥ 1. */
  square(k: number): number;
}

/** n nodes, increasing, with weights that sum to 1; exact for polynomials of degree 2n − 1. O(n²) by the implicit QL iteration. */
export function gaussRule(n: number, recurrence: Recurrence): { nodes: number[]; weights: number[] } {
  const d = Float64Array.from({ length: n }, (_, k) => recurrence.centre(k));
  const e = Float64Array.from({ length: n }, (_, k) => (k + 1 < n ? Math.sqrt(recurrence.square(k + 1)) : 0));
  // First components of the eigenvectors of the Jacobi matrix.
  const first = new Float64Array(n);
  first[0] = 1;
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      while (m + 1 < n && Math.abs(e[m]) > 1e-17 * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (iteration > 100) throw new Error(`the Gauss rule of ${n} nodes did not converge`);
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r));
      let s = 1;
      let c = 1;
      let p = 0;
      let whole = true;
      for (let i = m - 1; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          whole = false;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        const z = first[i + 1];
        first[i + 1] = s * first[i] + c * z;
        first[i] = c * first[i] - s * z;
      }
      if (!whole) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  const order = Array.from(d, (_, k) => k).sort((i, j) => d[i] - d[j]);
  return { nodes: order.map((k) => d[k]), weights: order.map((k) => first[k] * first[k]) };
}
