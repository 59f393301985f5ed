/**
 * One-pass SGD as a jax-js user writes it: a jitted step on arrays [replicas, d], on its fastest device here.
 *
 * Install: npm i --no-save @jax-js/jax@0.1.25
 */
import { defaultDevice, init, jit, numpy as np, random } from '@jax-js/jax';

export const name = 'jax-js';
export const ways = ['webgpu', 'wasm'];

/** Whether a device exists here. */
export async function use(way) {
  const found = (await init(way)).includes(way);
  if (found) defaultDevice(way);
  return found;
}

/** Compiled steps by size; arrays are consumed by every call but those with .ref. */
const compiled = new Map();

function stepOf(dimension, replicas, gamma) {
  const key = `${defaultDevice()} ${dimension} ${replicas} ${gamma}`;
  let step = compiled.get(key);
  if (!step) {
    const update = (u, v, b, x) => {
      const r = x.ref.mul(u.ref.mul(v.ref).sub(b)).sum(1, { keepdims: true });
      const g = x.mul(r.mul(-gamma / dimension));
      return [u.ref.add(g.ref.mul(v.ref)), v.add(g.mul(u))];
    };
    step = {
      drawn: jit((u, v, b, word) => update(u, v, b, random.normal(random.key(word), [replicas, dimension]))),
      given: jit(update),
    };
    compiled.set(key, step);
  }
  return step;
}

/** λ = 1, b = 1 on every other coordinate, u = 1, v = 0 → seconds of the loop and the final risk of each replica; `features` (default: drawn) are the x of every step. */
export async function sgd({ dimension, steps, replicas, gamma, seed, features }) {
  const step = stepOf(dimension, replicas, gamma);
  const b = np.array(Float32Array.from({ length: dimension }, (_, i) => (i % 2 === 0 ? 1 : 0)));
  let u = np.ones([replicas, dimension]);
  let v = np.zeros([replicas, dimension]);
  const start = performance.now();
  for (let k = 0; k < steps; k++) {
    if (features) [u, v] = step.given(u, v, b.ref, np.array([features[k]]));
    else [u, v] = step.drawn(u, v, b.ref, np.array(Uint32Array.of(seed * 1_000_003 + k)).reshape([]));
  }
  const risks = [...(await np.square(u.mul(v).sub(b)).mean(1).mul(0.5).data())];
  return { seconds: (performance.now() - start) / 1000, risks };
}
