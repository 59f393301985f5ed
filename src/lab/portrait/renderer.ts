/** Draws the portrait on one device: points from the engine's own buffers, the limit over them. */
import { mat4 } from 'wgpu-matrix';
import shader from '../../../shaders/portrait.wgsl?raw';
import type { Device, StateView } from '../../gpu/index.ts';
import type { LimitFrame } from './limit.ts';
import type { PortraitView } from './protocol.ts';

const PARAMETRIZATIONS = { product: 0, difference: 1, square: 2 } as const;
/** Size of the shader's View. */
const UNIFORM_BYTES = 128;
/** Points of a cloud that look solid at full opacity; more are drawn thinner. */
const SOLID = 3000;

/** `#rgb` or `#rrggbb` → three numbers from 0 to 1. */
function rgb(color: string): [number, number, number] {
  const digits = color.length === 4 ? color.slice(1).replace(/./g, '$&$&') : color.slice(1);
  const n = Number.parseInt(digits, 16);
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}

/** What of a state is drawn: the engine's own buffers, or a copy of one replica on the device. */
export interface Source {
  readonly device: Device;
  readonly anchors: GPUBuffer;
  readonly deltas: GPUBuffer;
  readonly coefficients: GPUBuffer;
  readonly dimension: number;
  readonly quads: number;
  /** Replicas in the buffers; the first is drawn. */
  readonly count: number;
  readonly parametrization: StateView['parametrization'];
}

export class Renderer {
  readonly #gpu: GPUDevice;
  readonly #context: GPUCanvasContext;
  readonly #uniform: GPUBuffer;
  readonly #layout: GPUBindGroupLayout;
  readonly #point: GPURenderPipeline;
  readonly #mark: GPURenderPipeline;
  readonly #line: GPURenderPipeline;
  #lines: GPUBuffer | null = null;
  #marks: GPUBuffer | null = null;
  #drawnFrame: LimitFrame | null = null;
  #drawnColor = '';

  constructor(
    readonly device: Device,
    readonly canvas: OffscreenCanvas,
  ) {
    this.#gpu = device.gpu;
    const gpu = this.#gpu;
    this.#context = canvas.getContext('webgpu') as unknown as GPUCanvasContext;
    const format = navigator.gpu.getPreferredCanvasFormat();
    this.#context.configure({ device: gpu, format, alphaMode: 'opaque' });
    const module = gpu.createShaderModule({ label: 'portrait', code: shader });
    this.#layout = gpu.createBindGroupLayout({
      label: 'portrait',
      entries: [
        { binding: 0, visibility: GPUShaderStage.VERTEX, buffer: { type: 'uniform' } },
        ...[1, 2, 3].map((binding) => ({
          binding,
          visibility: GPUShaderStage.VERTEX,
          buffer: { type: 'read-only-storage' as const },
        })),
      ],
    });
    this.#uniform = gpu.createBuffer({
      label: 'portrait view',
      size: UNIFORM_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const layout = gpu.createPipelineLayout({ bindGroupLayouts: [this.#layout] });
    const add = { operation: 'add', srcFactor: 'one', dstFactor: 'one-minus-src-alpha' } as const;
    const pipeline = (entryPoint: string, topology: GPUPrimitiveTopology, buffers: GPUVertexBufferLayout[]) =>
      gpu.createRenderPipeline({
        label: `portrait ${entryPoint}`,
        layout,
        vertex: { module, entryPoint, buffers },
        fragment: { module, entryPoint: 'paint', targets: [{ format, blend: { color: add, alpha: add } }] },
        primitive: { topology },
      });
    this.#point = pipeline('point', 'triangle-strip', []);
    const attributes: GPUVertexAttribute[] = [
      { shaderLocation: 0, offset: 0, format: 'float32x3' },
      { shaderLocation: 1, offset: 12, format: 'float32x4' },
    ];
    this.#mark = pipeline('mark', 'triangle-strip', [
      {
        arrayStride: 32,
        stepMode: 'instance',
        attributes: [...attributes, { shaderLocation: 2, offset: 28, format: 'float32' }],
      },
    ]);
    this.#line = pipeline('line', 'line-list', [{ arrayStride: 28, attributes }]);
  }

  /** One picture. `frame`: the limit at the time of the state, or null. `b`: smallest and largest target. */
  draw(
    source: Source,
    view: PortraitView,
    frame: LimitFrame | null,
    reach: number,
    b: readonly [number, number],
  ): void {
    const gpu = this.#gpu;
    const { canvas } = this;
    if (canvas.width !== view.width || canvas.height !== view.height) {
      canvas.width = view.width;
      canvas.height = view.height;
    }
    gpu.queue.writeBuffer(this.#uniform, 0, uniforms(source, view, reach, b));
    this.#upload(frame, view, b, reach);
    const group = gpu.createBindGroup({
      layout: this.#layout,
      entries: [this.#uniform, source.anchors, source.deltas, source.coefficients].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    });
    const encoder = gpu.createCommandEncoder({ label: 'portrait' });
    const [r, g, blue] = rgb(view.colors.surface);
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: this.#context.getCurrentTexture().createView(),
          clearValue: { r, g, b: blue, a: 1 },
          loadOp: 'clear',
          storeOp: 'store',
        },
      ],
    });
    pass.setBindGroup(0, group);
    if (this.#lines) {
      pass.setPipeline(this.#line);
      pass.setVertexBuffer(0, this.#lines);
      pass.draw(this.#lines.size / 28);
    }
    // The limit as a sleeve under the points, wide where its mass is.
    if (this.#marks) {
      pass.setPipeline(this.#mark);
      pass.setVertexBuffer(0, this.#marks);
      pass.draw(4, this.#marks.size / 32);
    }
    pass.setPipeline(this.#point);
    pass.draw(4, source.dimension);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  }

  dispose(): void {
    for (const buffer of [this.#uniform, this.#lines, this.#marks]) buffer?.destroy();
    this.#context.unconfigure();
  }

  #upload(
    frame: LimitFrame | null,
    { colors }: PortraitView,
    [low, high]: readonly [number, number],
    reach: number,
  ): void {
    const color = `${colors.text} ${colors.grid} ${reach}`;
    if (frame === this.#drawnFrame && color === this.#drawnColor) return;
    this.#drawnFrame = frame;
    this.#drawnColor = color;
    this.#lines?.destroy();
    this.#marks?.destroy();
    const share = (b: number) => (b - low) / Math.max(high - low, 1e-6);
    const line = [...rgb(colors.text), 0.55];
    const mark = [...rgb(colors.text), 0.05];
    const axis = [...rgb(colors.grid), 1];
    const lines: number[] = [];
    const marks: number[] = [];
    // The axes of u and v, on the plane of the middle b.
    for (const at of [
      [-4 * reach, 0],
      [4 * reach, 0],
      [0, -4 * reach],
      [0, 4 * reach],
    ])
      lines.push(...at, 0.5, ...axis);
    if (frame) {
      for (let i = 0; i < frame.lines.length; i += 3)
        lines.push(frame.lines[i], frame.lines[i + 1], share(frame.lines[i + 2]), ...line);
      for (let i = 0; i < frame.marks.length; i += 4)
        marks.push(frame.marks[i], frame.marks[i + 1], share(frame.marks[i + 2]), ...mark, frame.marks[i + 3]);
    }
    this.#lines = this.#vertices(lines);
    this.#marks = this.#vertices(marks);
  }

  #vertices(values: readonly number[]): GPUBuffer | null {
    if (values.length === 0) return null;
    const usage = GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST;
    const buffer = this.#gpu.createBuffer({ label: 'portrait limit', size: 4 * values.length, usage });
    this.#gpu.queue.writeBuffer(buffer, 0, Float32Array.from(values));
    return buffer;
  }
}

/** A copy of the first replica, from buffer to buffer on the device, to go on looking at when the run has ended. */
export function keep(state: StateView): Source {
  const { gpu } = state.device;
  const plane = 16 * state.quads;
  const make = (label: string) =>
    gpu.createBuffer({ label, size: 2 * plane, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  const [anchors, deltas, coefficients] = ['kept P, Q', 'kept dp, dq', 'kept coefficients'].map(make);
  const encoder = gpu.createCommandEncoder({ label: 'keep the portrait' });
  for (const k of [0, 1]) {
    encoder.copyBufferToBuffer(state.anchors, k * state.count * plane, anchors, k * plane, plane);
    encoder.copyBufferToBuffer(state.deltas, k * state.count * plane, deltas, k * plane, plane);
  }
  encoder.copyBufferToBuffer(state.coefficients, 0, coefficients, 0, 2 * plane);
  gpu.queue.submit([encoder.finish()]);
  const { device, dimension, quads, parametrization } = state;
  return { device, anchors, deltas, coefficients, dimension, quads, count: 1, parametrization };
}

export function release({ anchors, deltas, coefficients }: Source): void {
  for (const buffer of [anchors, deltas, coefficients]) buffer.destroy();
}

/** Camera and constants as the shader's View. */
function uniforms(source: Source, view: PortraitView, reach: number, b: readonly [number, number]): ArrayBuffer {
  const bytes = new ArrayBuffer(UNIFORM_BYTES);
  const floats = new Float32Array(bytes);
  const words = new Uint32Array(bytes);
  floats.set(cameraOf(view, reach), 0);
  const alpha = Math.max(0.06, Math.min(0.85, Math.sqrt(SOLID / source.dimension)));
  floats.set([...rgb(view.colors.near), alpha, ...rgb(view.colors.far), alpha], 16);
  const radius = 2.2 * view.ratio;
  floats.set([(2 * radius) / view.width, (2 * radius) / view.height, b[0], b[1], view.flat ? 0 : 1.4 * reach], 24);
  words.set([source.quads, source.quads * source.count, PARAMETRIZATIONS[source.parametrization]], 29);
  return bytes;
}

/** Flat: (u, v) upright; else an orbit around the middle of (u, v, b). */
function cameraOf({ width, height, flat, yaw, pitch, zoom, shift }: PortraitView, reach: number): Float32Array {
  const aspect = width / height;
  const half = reach / zoom;
  const [x, y] = [shift[0] * reach, shift[1] * reach];
  if (flat) {
    const [w, h] = aspect > 1 ? [half * aspect, half] : [half, half / aspect];
    return mat4.ortho(x - w, x + w, y - h, y + h, -10 * reach, 10 * reach) as Float32Array;
  }
  const distance = 3.2 * half;
  const eye = [
    distance * Math.cos(pitch) * Math.sin(yaw),
    -distance * Math.cos(pitch) * Math.cos(yaw),
    distance * Math.sin(pitch),
  ];
  const camera = mat4.lookAt(eye, [0, 0, 0], [0, 0, 1]);
  const lens = mat4.perspective(Math.PI / 4, aspect, 0.01 * reach, 100 * reach);
  return mat4.multiply(lens, camera) as Float32Array;
}
