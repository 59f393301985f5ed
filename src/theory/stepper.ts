/** One step of Rodas5P for a system that can factor and solve its own linearization. */
import { A, C, GAMMA, H, NODES, STAGES, TIME } from './rodas5p.ts';

/** Unknowns beyond which control is given back between stages, which then take a millisecond or so each; a step of fewer takes that itself. */
const LARGE = 1000;

/** y′ = F(x, y), y of length `size`. */
export interface StiffSystem {
  readonly size: number;
  /** Writes F(x, y) to out; false if y is outside the domain of F (the step is then rejected). */
  evaluate(x: number, y: Float64Array, out: Float64Array): boolean;
  /**
   * Prepares solves with 1/(γh) − J at (x, y), where F(x, y) = f, and writes ∂F/∂x at fixed y to dx. `fresh` is false if only
   * the shift has changed since the last call.
   */
  factor(x: number, y: Float64Array, f: Float64Array, shift: number, dx: Float64Array, fresh: boolean): void;
  /** Solves in place. */
  solve(rhs: Float64Array): void;
}

/** Storage and the step itself. */
export class RosenbrockStepper {
  readonly system: StiffSystem;
  readonly size: number;
  /** F at the start of the step, the step's result and its error estimate. */
  readonly f: Float64Array;
  readonly next: Float64Array;
  readonly #k: Float64Array[];
  readonly #dx: readonly [Float64Array];
  readonly #stage: Float64Array;
  readonly #dense: Float64Array[];
  #denseReady = false;

  constructor(system: StiffSystem) {
    const make = () => new Float64Array(system.size);
    this.system = system;
    this.size = system.size;
    this.f = make();
    this.next = make();
    this.#k = Array.from({ length: STAGES }, make);
    this.#dx = [make()];
    this.#stage = make();
    this.#dense = [make(), make(), make()];
  }

  /** The error estimate of the last step. */
  get error(): Float64Array {
    return this.#k[STAGES - 1];
  }

  /**
   * Steps from (x, y) to x + h; `this.f` must hold F(x, y). Returns false if a stage left the domain. Where there are many unknowns it yields between stages,
   * so that a driver can hand control back. `fresh`: (x, y) differs from that of the previous call.
   */
  *step(x: number, y: Float64Array, h: number, fresh: boolean): Generator<void, boolean> {
    const { system, size, next } = this;
    const k = this.#k;
    const u = this.#stage;
    this.#denseReady = false;
    system.factor(x, y, this.f, 1 / (GAMMA * h), this.#dx[0], fresh);
    for (let i = 0; i < STAGES; i++) {
      const ki = k[i];
      if (i === 0) {
        ki.set(this.f);
      } else {
        if (i < 6) {
          u.set(y);
          accumulate(size, i, A[i], 1, k, u);
        } else accumulate(size, 1, ONE, 1, [k[i - 1]], u);
        if (!system.evaluate(x + NODES[i] * h, u, ki)) return false;
        accumulate(size, i, C[i], 1 / h, k, ki);
      }
      if (TIME[i] !== 0) accumulate(size, 1, ONE, h * TIME[i], this.#dx, ki);
      system.solve(ki);
      if (size > LARGE) yield;
    }
    const last = k[STAGES - 1];
    let finite = 0;
    for (let i = 0; i < size; i++) {
      next[i] = u[i] + last[i];
      finite += next[i];
    }
    return Number.isFinite(finite);
  }

  /** y at x + Θh for the last step, which started from y: order 4. */
  interpolate(y: Float64Array, theta: number, out: Float64Array): void {
    const [k0, k1, k2] = this.#dense;
    if (!this.#denseReady) {
      for (let r = 0; r < 3; r++) {
        this.#dense[r].fill(0);
        accumulate(this.size, STAGES, H[r], 1, this.#k, this.#dense[r]);
      }
      this.#denseReady = true;
    }
    const rest = 1 - theta;
    const { next } = this;
    for (let i = 0; i < this.size; i++)
      out[i] = rest * y[i] + theta * (next[i] + rest * (k0[i] + theta * (k1[i] + theta * k2[i])));
  }
}

const ONE = [1];

/** y += scale·Σ a_j x_j over the first `count` of x, four at a time, so that y is not read and written for each. */
function accumulate(
  n: number,
  count: number,
  a: readonly number[],
  scale: number,
  x: readonly Float64Array[],
  y: Float64Array,
): void {
  let j = 0;
  for (; j + 4 <= count; j += 4) four(n, scale * a[j], scale * a[j + 1], scale * a[j + 2], scale * a[j + 3], x, j, y);
  if (j + 2 <= count) {
    two(n, scale * a[j], scale * a[j + 1], x[j], x[j + 1], y);
    j += 2;
  }
  if (j < count) two(n, scale * a[j], 0, x[j], x[j], y);
}

function four(
  n: number,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  x: readonly Float64Array[],
  j: number,
  y: Float64Array,
): void {
  const x0 = x[j];
  const x1 = x[j + 1];
  const x2 = x[j + 2];
  const x3 = x[j + 3];
  for (let i = 0; i < n; i++) y[i] += a0 * x0[i] + a1 * x1[i] + (a2 * x2[i] + a3 * x3[i]);
}

function two(n: number, a0: number, a1: number, x0: Float64Array, x1: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) y[i] += a0 * x0[i] + a1 * x1[i];
}
