/** What goes wrong is said as a typed error or a counted replica, and harms nothing else. */
import { afterAll, describe, expect, it } from 'vitest';
import {
  createGpuEngine,
  Device,
  DeviceLostError,
  GpuLimitError,
  GpuValidationError,
  probe,
  ShaderCompileError,
} from '../../src/gpu/index.ts';
import type { EnsembleRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testDevice, testEngine } from './device.ts';
import { gpuPaths, halfSparse, referencePaths, requestFor, varied, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

/** Lets a device hold so many bytes, as a smaller one would; what is held now. */
function limitMemory(
  device: Device,
  limit: number,
): { readonly held: () => number; readonly most: () => number; readonly refusals: () => number } {
  const { gpu } = device;
  const [create, pop] = [gpu.createBuffer.bind(gpu), gpu.popErrorScope.bind(gpu)];
  const { pushErrorScope } = GPUDevice.prototype;
  const scopes: string[] = [];
  let held = 0;
  let most = 0;
  let refused = false;
  let refusals = 0;
  gpu.pushErrorScope = (filter) => {
    scopes.push(filter);
    pushErrorScope.call(gpu, filter);
  };
  gpu.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    if (held + descriptor.size > limit) {
      refused = true;
      refusals++;
      return buffer;
    }
    held += descriptor.size;
    most = Math.max(most, held);
    const { destroy } = GPUBuffer.prototype;
    let alive = true;
    buffer.destroy = () => {
      if (alive) held -= descriptor.size;
      alive = false;
      destroy.call(buffer);
    };
    return buffer;
  };
  gpu.popErrorScope = async () => {
    const isMemory = scopes.pop() === 'out-of-memory';
    const error = isMemory && refused ? new GPUOutOfMemoryError('as if') : null;
    if (isMemory) refused = false;
    return error ?? (await pop());
  };
  return { held: () => held, most: () => most, refusals: () => refusals };
}

/** The same replicas fail, in the same step; the others go on as in f64. */
async function expectSameFailures(request: EnsembleRequest, tolerance: number, sliceDraws?: number): Promise<number> {
  const gpu = await gpuPaths(await testEngine({ sliceDraws }), request);
  const reference = await referencePaths(request);
  expect([...gpu.failures].sort()).toEqual([...reference.failures].sort());
  // The value itself is amplified rounding; the limit is not.
  const limitIn = (message: string) => /the limit is ([\d.e+]+)\. Take a smaller step size/.exec(message)?.[1];
  for (const [replica, message] of gpu.messages) {
    expect(limitIn(message)).toBe(limitIn(reference.messages.get(replica)!));
    expect(limitIn(message)).toBeDefined();
  }
  const alive = (paths: typeof gpu) => ({
    ...paths,
    values: paths.values.filter((_, k) => !reference.failures.has(request.replicas.first + k)),
  });
  expect(worstRelative(alive(gpu), alive(reference), 0)).toBeLessThanOrEqual(tolerance);
  gpu.values.forEach((rows, k) => {
    rows.forEach(([risk], time) => {
      expect(Number.isNaN(risk), `replica ${k} at save ${time}`).toBe(Number.isNaN(reference.values[k][time][0]));
    });
  });
  return gpu.failures.size;
}

describe('diverging replicas', () => {
  it('SGD: five of eight fail, in the steps in which the f64 paths do', async () => {
    const request = requestFor(halfSparse(64, 0.9, 2, 2), [0, 0.25, 0.55, 0.85, 2], {
      replicas: { first: 0, count: 8 },
    });
    // Near a divergence small differences grow: 1e-3 is about e^10 times the rounding of f32.
    expect(await expectSameFailures(request, 1e-3)).toBe(5);
  });

  it.each(['gaussian', 'rademacher'] as const)('SGD in passes of two steps, %s features', async (kind) => {
    const d = 9_001;
    const problem = halfSparse(d, 400, 3, 1, { features: { kind } });
    const request = requestFor(problem, [0, 1 / d, 40 / d], { replicas: { first: 0, count: 6 } });
    expect(await expectSameFailures(request, 1e-3)).toBe(6);
    // In the first step of a pass and in the second one: the passes after the save time begin in step 1.
    const { failures } = await referencePaths(request);
    expect(new Set([...failures.values()].map((time) => Math.round(time * d) % 2))).toEqual(new Set([0, 1]));
  });

  it('SGD by the block bridge', async () => {
    const d = 9_001;
    const problem = halfSparse(d, 400, 3, 1, { batchSize: 2 });
    const request = requestFor(problem, [0, 1 / d, 40 / d], { replicas: { first: 0, count: 2 } });
    expect(await expectSameFailures(request, 1e-3)).toBe(2);
  });

  it('SGD in two passes', async () => {
    const d = 9_001;
    const problem = halfSparse(d, 400, 3, 1, { features: { kind: 'rademacher' }, batchSize: 2 });
    const request = requestFor(problem, [0, 1 / d, 40 / d], { replicas: { first: 0, count: 2 } });
    expect(await expectSameFailures(request, 1e-3)).toBe(2);
  });

  it.each(['gaussian', 'uniform'] as const)('SGD with a mini-batch in slices, %s features', async (kind) => {
    const d = 9_001;
    const problem = halfSparse(d, 2_000, 3, 1, { features: { kind }, batchSize: 10, labelNoise: 0.5 });
    const request = requestFor(problem, [0, 1 / d, 40 / d], { replicas: { first: 0, count: 2 } });
    expect(await expectSameFailures(request, 1e-3, 1_500)).toBe(2);
  });

  it('SDE by Euler–Maruyama in (u, v), where it explodes', async () => {
    const request = requestFor(halfSparse(64, 2, 3, 4), [0, 0.5, 4], {
      method: { kind: 'sde', scheme: 'euler-uv', timeStep: 0.5, coupling: 'interacting' },
      replicas: { first: 0, count: 2 },
    });
    expect(await expectSameFailures(request, 1e-3)).toBe(2);
  });

  // Squares of a weight feed the next step: within two steps such a path leaves the range of f32, and then that of f64.
  it.each(['euler', 'euler-uv'] as const)(
    'mean-field SDE by %s: those that explode, and not the rest',
    async (scheme) => {
      const coupling = { end: 9, risk: () => 1, clock: (t: number) => 0.6 * t };
      const method = { kind: 'sde', scheme, timeStep: 0.5, coupling } as const;
      const problem = halfSparse(67, 1.1, 1, 6);
      const request = requestFor(problem, [0, 0.5, 2, 3], { method, replicas: { first: 0, count: 12 } });
      const failed = await expectSameFailures(request, 1e-3);
      expect(failed).toBeGreaterThan(0);
      expect(failed).toBeLessThan(12);
      const paths = await gpuPaths(await testEngine({ chunkSteps: 1 }), request);
      const cut = await gpuPaths(await testEngine({ chunkWorkgroups: 1 }), request);
      expect(paths.failures.size).toBe(failed);
      expect(cut).toEqual(paths);
    },
  );

  it('a mean-field path that ends is reported for every replica, with the samples before it', async () => {
    const coupling = { end: 0.6, risk: () => 0.2, clock: (t: number) => 0.02 * t };
    const request = requestFor(varied(64), [0, 0.3, 0.6, 0.9], {
      method: { kind: 'sde', scheme: 'strang', timeStep: 0.1, coupling },
      replicas: { first: 0, count: 2 },
    });
    const gpu = await gpuPaths(await testEngine(), request);
    const reference = await referencePaths(request);
    expect([...gpu.failures]).toEqual([...reference.failures]);
    expect(gpu.values.map((rows) => rows.map(([risk]) => Number.isNaN(risk)))).toEqual([
      [false, false, false, true],
      [false, false, false, true],
    ]);
  });
});

describe('limits', () => {
  it('refuses a dimension that no buffer holds, with the size asked and the size there is', async () => {
    const device = await testDevice();
    const engine = await testEngine();
    const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    const request = {
      ...requestFor(varied(64), [0, 1]),
      problem: { ...varied(64), dimension: 4 * Math.ceil(most / 48) + 4 },
    };
    const error = await gpuPaths(engine, request).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(GpuLimitError);
    expect(error.asked).toBeGreaterThan(error.available);
    expect(error.available).toBe(most);
    expect(error.message).toContain(String(error.asked));
    expect(error.message).toContain(String(most));
  });

  it('refuses a workgroup size that is no power of two', async () => {
    await expect(gpuPaths(await testEngine({ workgroupSize: 48 }), requestFor(varied(64), [0, 1]))).rejects.toThrow(
      /power of two/,
    );
  });
});

describe('interruptions', () => {
  it('abort ends the run with the reason and frees its buffers, and the engine goes on', async () => {
    const device = await Device.open();
    const engine = await createGpuEngine({ device, chunkSteps: 5 });
    const memory = limitMemory(device, Number.POSITIVE_INFINITY);
    const controller = new AbortController();
    const request = requestFor(varied(64), [0, 0.1, 50], { signal: controller.signal });
    const seen: number[] = [];
    const reason = new Error('enough');
    const run = async () => {
      for await (const event of engine.run(request)) {
        if (event.type === 'samples') seen.push(event.timeIndex);
        if (seen.length === 2) controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(seen).toEqual([0, 1]);
    expect(memory.most()).toBeGreaterThan(0);
    expect(memory.held()).toBe(0);
    const after = await gpuPaths(engine, requestFor(varied(64), [0, 0.1]));
    expect(after.values[0][1][0]).toBeGreaterThan(0);
    expect(memory.held()).toBe(0);
    device.dispose();
  });

  it('a reader that stops early leaves no buffers behind', async () => {
    const device = await Device.open();
    const engine = await createGpuEngine({ device, chunkSteps: 5 });
    const memory = limitMemory(device, Number.POSITIVE_INFINITY);
    for await (const event of engine.run(requestFor(varied(64), [0, 50]))) if (event.type === 'samples') break;
    expect(memory.most()).toBeGreaterThan(0);
    expect(memory.held()).toBe(0);
    expect((await gpuPaths(engine, requestFor(varied(64), [0, 0.1]))).done).toBeGreaterThan(0);
    device.dispose();
  });

  it('a driver that refuses a chunk is an error, and leaves no buffers behind', async () => {
    const device = await Device.open();
    const engine = await createGpuEngine({ device, chunkSteps: 5 });
    const memory = limitMemory(device, Number.POSITIVE_INFINITY);
    const { gpu } = device;
    const { writeBuffer } = gpu.queue;
    let left = 12;
    gpu.queue.writeBuffer = (...all: Parameters<typeof writeBuffer>) => {
      // Beyond the end of the buffer: what validation refuses.
      if (left-- === 0) all[1] = 2 ** 40;
      return writeBuffer.call(gpu.queue, ...all);
    };
    await expect(gpuPaths(engine, requestFor(varied(64), [0, 50]))).rejects.toBeInstanceOf(GpuValidationError);
    expect(memory.held()).toBe(0);
    device.dispose();
  });

  it('a lost device is a typed error, at once and later, and a new engine starts over', async () => {
    const engine = await createGpuEngine({ chunkSteps: 5 });
    const request = requestFor(varied(64), [0, 50]);
    const run = async () => {
      for await (const event of engine.run(request)) if (event.type === 'progress') engine.device.gpu.destroy();
    };
    await expect(run()).rejects.toBeInstanceOf(DeviceLostError);
    await expect(gpuPaths(engine, request)).rejects.toBeInstanceOf(DeviceLostError);
    const fresh = await createGpuEngine();
    expect((await gpuPaths(fresh, requestFor(varied(64), [0, 0.1]))).failures.size).toBe(0);
    fresh.dispose();
  });
});

describe('a device that hangs or runs out of memory', { timeout: 240_000 }, () => {
  it('a submission that never ends is a lost device, and not a wait for ever', async () => {
    const device = await Device.open({}, 4000);
    const engine = await createGpuEngine({ device, chunkSteps: 5 });
    const { mapAsync } = GPUBuffer.prototype;
    let left = 3;
    GPUBuffer.prototype.mapAsync = function (...all) {
      return left-- > 0 ? mapAsync.apply(this, all) : new Promise(() => {});
    };
    try {
      const request = requestFor(varied(64), [0, 50]);
      await expect(gpuPaths(engine, request)).rejects.toThrow(/device was lost.*did not end within 4 s/);
      await expect(gpuPaths(engine, request)).rejects.toBeInstanceOf(DeviceLostError);
    } finally {
      GPUBuffer.prototype.mapAsync = mapAsync;
      device.dispose();
    }
  });

  it('falls back to smaller batches with the same numbers, and frees what it had', async () => {
    const request = requestFor(varied(100_000), [0, 2e-5], { replicas: { first: 0, count: 8 } });
    const expected = await gpuPaths(await testEngine(), request);
    const device = await Device.open();
    const engine = await createGpuEngine({ device });
    const { perReplica, shared } = engine.memoryUse(request);
    // Tables of a chunk, results and readback take some megabytes, whatever the replicas.
    const memory = limitMemory(device, 8 * 2 ** 20 + shared + 3 * perReplica);
    const found = await gpuPaths(engine, request);
    expect(found.values).toEqual(expected.values);
    expect(memory.refusals()).toBeGreaterThan(0);
    expect(memory.held()).toBe(0);
    device.dispose();
  });

  it('fails, where not one replica fits, with the size asked and what it had by then', async () => {
    const device = await Device.open();
    const engine = await createGpuEngine({ device });
    const memory = limitMemory(device, 50_000);
    const error = await gpuPaths(engine, requestFor(varied(4000), [0, 0.01])).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(GpuLimitError);
    expect(error.message).toMatch(/needs \d+ bytes.*out of memory/);
    expect(error.asked).toBeGreaterThan(0);
    expect(memory.held()).toBe(0);
    device.dispose();
  });
});

it('a shader that does not compile names file, line and source', async () => {
  const device = await testDevice();
  const broken = device.pipeline('statistics', 'statistics', {
    constants: { MOMENTS: 1, PARAMETRIZATION: 0, UNIT_SPECTRUM: false },
    slots: { moments: 'values[0] = nonsense(u);' },
    subgroup: null,
  });
  const error = await broken.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ShaderCompileError);
  expect(error.messages[0].file).toBe('shaders/statistics.wgsl');
  expect(error.messages[0].source).toContain('nonsense');
  expect(error.message).toMatch(/shaders\/statistics\.wgsl:\d+:\d+: .*nonsense/);
});

it('labels every resource and says its adapter', async () => {
  const names = Object.getOwnPropertyNames(GPUDevice.prototype).filter((name) => name.startsWith('create'));
  const { prototype } = GPUDevice as unknown as {
    prototype: Record<string, (descriptor: GPUObjectDescriptorBase) => unknown>;
  };
  const originals = names.map((name) => prototype[name]);
  const { beginComputePass } = GPUCommandEncoder.prototype;
  const made = new Map<string, string[]>();
  const note = (name: string, label = '') => made.set(name, [...(made.get(name) ?? []), label]);
  names.forEach((name, k) => {
    prototype[name] = function (this: GPUDevice, descriptor) {
      note(name, descriptor.label);
      return originals[k].call(this, descriptor);
    };
  });
  GPUCommandEncoder.prototype.beginComputePass = function (descriptor) {
    note('beginComputePass', descriptor?.label);
    return beginComputePass.call(this, descriptor);
  };
  try {
    const device = await Device.open();
    expect(device.gpu.label).toBe('diagflow');
    expect(device.info.vendor + device.info.architecture + device.info.description).not.toBe('');
    const engine = await createGpuEngine({ device, chunkSteps: 2 });
    await gpuPaths(engine, requestFor(varied(9), [0, 0.5], { replicas: { first: 0, count: 3 } }));
    await probe(device, 'normals', Uint32Array.of(1, 2, 3, 4));
    device.dispose();
  } finally {
    names.forEach((name, k) => {
      prototype[name] = originals[k];
    });
    GPUCommandEncoder.prototype.beginComputePass = beginComputePass;
  }
  for (const name of ['createBuffer', 'createBindGroup', 'createComputePipelineAsync', 'createShaderModule']) {
    expect(made.get(name)?.length, name).toBeGreaterThan(1);
  }
  for (const [name, labels] of made) expect(labels, name).not.toContain('');
});
