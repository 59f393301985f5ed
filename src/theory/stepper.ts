/** One step of Rodas5P for a system that can factor and solve its own linearization. */
import { A, C, GAMMA, H, NODES, STAGES, TIME } from './rodas5p.ts';

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
  readonly #dx: Float64Array;
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
    this.#dx = make();
    this.#stage = make();
    this.#dense = [make(), make(), make()];
  }

  /** The error estimate of the last step. */
  get error(): Float64Array {
    return this.#k[STAGES - 1];
  }

  /**
   * Steps from (x, y) to x + h; `this.f` must hold F(x, y). Returns false if a stage left the domain. Yields between stages, so
   * that a driver can hand control back. `fresh`: (x, y) differs from that of the previous call.
   */
  *step(x: number, y: Float64Array, h: number, fresh: boolean): Generator<void, boolean> {
    const { system, size, next } = this;
    const k = this.#k;
    const u = this.#stage;
    this.#denseReady = false;
    system.factor(x, y, this.f, 1 / (GAMMA * h), this.#dx, fresh);
    for (let i = 0; i < STAGES; i++) {
      const ki = k[i];
      if (i === 0) {
        ki.set(this.f);
      } else {
        if (i < 6) {
          u.set(y);
          for (let j = 0; j < i; j++) axpy(size, A[i][j], k[j], u);
        } else axpy(size, 1, k[i - 1], u);
        if (!system.evaluate(x + NODES[i] * h, u, ki)) return false;
        for (let j = 0; j < i; j++) axpy(size, C[i][j] / h, k[j], ki);
      }
      if (TIME[i] !== 0) axpy(size, h * TIME[i], this.#dx, ki);
      system.solve(ki);
      yield;
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
        for (let j = 0; j < STAGES; j++) axpy(this.size, H[r][j], this.#k[j], this.#dense[r]);
      }
      this.#denseReady = true;
    }
    const rest = 1 - theta;
    const { next } = this;
    for (let i = 0; i < this.size; i++)
      out[i] = rest * y[i] + theta * (next[i] + rest * (k0[i] + theta * (k1[i] + theta * k2[i])));
  }
}

function axpy(n: number, a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) y[i] += a * x[i];
}
