/** A dedicated worker that runs the GPU engine and posts what came out. */
import { createGpuEngine } from '../../src/gpu/index.ts';
import { gpuPaths, requestFor, varied } from '../gpu/twin.ts';

self.onmessage = async () => {
  try {
    const engine = await createGpuEngine();
    const paths = await gpuPaths(engine, requestFor(varied(300), [0, 0.2, 0.5], { replicas: { first: 0, count: 2 } }));
    engine.dispose();
    self.postMessage({ values: paths.values });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
