/**
 * One-pass SGD as a TensorFlow.js user writes it: tensors [replicas, d], tidy a step, on its fastest backend here.
 *
 * Install: npm i --no-save @tensorflow/tfjs@4.22 @tensorflow/tfjs-backend-webgpu@4.22
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';

export const name = 'TensorFlow.js';
export const ways = ['webgpu', 'webgl', 'cpu'];

/** Whether a backend exists here. */
export async function use(way) {
  return tf.setBackend(way).catch(() => false);
}

/** λ = 1, b = 1 on every other coordinate, u = 1, v = 0 → seconds of the loop and the final risk of each replica; `features` (default: drawn) are the x of every step. */
export async function sgd({ dimension, steps, replicas, gamma, seed, features }) {
  const shape = [replicas, dimension];
  const b = tf.tensor1d(Float32Array.from({ length: dimension }, (_, i) => (i % 2 === 0 ? 1 : 0)));
  let u = tf.ones(shape);
  let v = tf.zeros(shape);
  const start = performance.now();
  for (let k = 0; k < steps; k++) {
    const next = tf.tidy(() => {
      const x = features ? tf.tensor2d([features[k]]) : tf.randomNormal(shape, 0, 1, 'float32', seed * 1_000_003 + k);
      const r = tf.sum(tf.mul(x, tf.sub(tf.mul(u, v), b)), 1, true);
      const g = tf.mul(x, tf.mul(r, -gamma / dimension));
      return [tf.add(u, tf.mul(g, v)), tf.add(v, tf.mul(g, u))];
    });
    u.dispose();
    v.dispose();
    [u, v] = next;
  }
  const means = tf.tidy(() => tf.mul(0.5, tf.mean(tf.square(tf.sub(tf.mul(u, v), b)), 1)));
  const risks = [...(await means.data())];
  const seconds = (performance.now() - start) / 1000;
  tf.dispose([u, v, b, means]);
  return { seconds, risks };
}
