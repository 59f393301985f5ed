/** Draws the portrait on one device: points from the engine's own buffers, in slices short enough that a page goes on being drawn. */
import shader from '../../../shaders/portrait.wgsl?raw';
import { hyperbolicOf } from '../../dynamics/index.ts';
import type { Device } from '../../gpu/index.ts';
import { cameraOf, HEIGHT } from './camera.ts';
import type { PortraitView } from './protocol.ts';
import type { Source } from './source.ts';

const PARAMETRIZATIONS = { product: 0, difference: 1, square: 2 } as const;
/** Size of the shader's View. */
const UNIFORM_BYTES = 128;
/** Points of a cloud that look solid at full opacity; more are drawn thinner. */
const SOLID = 3000;
/** Coordinates from which each is one pixel instead of a disc. */
const DENSE = 1 << 17;
/** Coordinates a submission draws: a few milliseconds' worth. */
const SLICE = 1 << 22;
const SLICE_SOFTWARE = 1 << 16;
/** Radius of a disc, in CSS pixels: the unit of the shader. */
const RADIUS = 2.2;
/** Floats of a piece of a line. */
const LINE = 11;

/** Pieces of lines (u, v, height, u, v, height), a colour with its opacity, and a width in CSS pixels. */
export interface Strokes {
  readonly pieces: readonly number[];
  readonly color: string;
  readonly opacity: number;
  readonly width: number;
}

/** `#rgb` or `#rrggbb` → three numbers from 0 to 1. */
function rgb(color: string): [number, number, number] {
  const digits = color.length === 4 ? color.slice(1).replace(/./g, '$&$&') : color.slice(1);
  const n = Number.parseInt(digits, 16);
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}

export class Renderer {
  readonly #gpu: GPUDevice;
  readonly #context: GPUCanvasContext;
  readonly #format: GPUTextureFormat;
  readonly #uniform: GPUBuffer;
  readonly #layout: GPUBindGroupLayout;
  readonly #point: GPURenderPipeline;
  readonly #dot: GPURenderPipeline;
  readonly #line: GPURenderPipeline;
  #lines: GPUBuffer | null = null;
  #target: GPUTexture | null = null;

  constructor(
    readonly device: Device,
    readonly canvas: OffscreenCanvas,
  ) {
    this.#gpu = device.gpu;
    const gpu = this.#gpu;
    this.#context = canvas.getContext('webgpu') as unknown as GPUCanvasContext;
    const format = navigator.gpu.getPreferredCanvasFormat();
    this.#format = format;
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_DST;
    this.#context.configure({ device: gpu, format, alphaMode: 'opaque', usage });
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
    const layout = gpu.createPipelineLayout({ label: 'portrait', bindGroupLayouts: [this.#layout] });
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
    this.#dot = pipeline('dot', 'point-list', []);
    this.#line = pipeline('line', 'triangle-strip', [
      {
        arrayStride: 4 * LINE,
        stepMode: 'instance',
        attributes: [
          { shaderLocation: 0, offset: 0, format: 'float32x3' },
          { shaderLocation: 1, offset: 12, format: 'float32x3' },
          { shaderLocation: 2, offset: 24, format: 'float32x4' },
          { shaderLocation: 3, offset: 40, format: 'float32' },
        ],
      },
    ]);
  }

  /**
   * One picture: lines under the points, points, lines over them. `b`: smallest and largest target. Resolves when the device has
   * drawn it. One call at a time.
   */
  async draw(
    source: Source,
    view: PortraitView,
    reach: number,
    b: readonly [number, number],
    under: readonly Strokes[],
    over: readonly Strokes[],
  ): Promise<void> {
    const gpu = this.#gpu;
    gpu.queue.writeBuffer(this.#uniform, 0, uniforms(source, view, reach, b));
    const group = gpu.createBindGroup({
      label: 'portrait',
      layout: this.#layout,
      entries: [this.#uniform, source.anchors, source.deltas, source.coefficients].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    });
    const target = this.#targetFor(view);
    const [below, above] = [under, over].map((strokes) =>
      strokes.reduce((sum, { pieces }) => sum + pieces.length / 6, 0),
    );
    this.#upload([...under, ...over]);
    const slice = this.device.info.software ? SLICE_SOFTWARE : SLICE;
    const [r, g, blue] = rgb(view.colors.surface);
    for (let first = 0; ; first += slice) {
      const count = Math.min(slice, source.dimension - first);
      const isLast = first + count >= source.dimension;
      const encoder = gpu.createCommandEncoder({ label: 'portrait' });
      const pass = encoder.beginRenderPass({
        colorAttachments: [
          {
            view: target.createView(),
            clearValue: { r, g, b: blue, a: 1 },
            loadOp: first === 0 ? 'clear' : 'load',
            storeOp: 'store',
          },
        ],
      });
      pass.setBindGroup(0, group);
      if (first === 0) this.#strokes(pass, 0, below);
      if (source.dimension >= DENSE) {
        pass.setPipeline(this.#dot);
        pass.draw(count, 1, first);
      } else {
        pass.setPipeline(this.#point);
        pass.draw(4, count, 0, first);
      }
      if (isLast) this.#strokes(pass, below, above);
      pass.end();
      gpu.queue.submit([encoder.finish()]);
      // The next slice waits, so that whoever else draws gets his turn.
      await gpu.queue.onSubmittedWorkDone();
      if (isLast) break;
    }
    await this.#present(target);
  }

  /** Shows what has been gathered. The page's own picture waits for everything submitted before this: nothing should be left. */
  async #present(target: GPUTexture): Promise<void> {
    const { canvas } = this;
    const { width, height } = target;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const encoder = this.#gpu.createCommandEncoder({ label: 'portrait' });
    const texture = this.#context.getCurrentTexture();
    encoder.copyTextureToTexture({ texture: target }, { texture }, [width, height]);
    this.#gpu.queue.submit([encoder.finish()]);
    await this.#gpu.queue.onSubmittedWorkDone();
  }

  /** The picture drawn last, as a PNG; null before the first. Its pixels are read, not the state. */
  async picture(): Promise<Blob | null> {
    const target = this.#target;
    if (target === null) return null;
    const { width, height } = target;
    const stride = 256 * Math.ceil((4 * width) / 256);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const buffer = this.#gpu.createBuffer({ label: 'portrait picture', size: stride * height, usage });
    const encoder = this.#gpu.createCommandEncoder({ label: 'portrait picture' });
    encoder.copyTextureToBuffer({ texture: target }, { buffer, bytesPerRow: stride }, [width, height]);
    this.#gpu.queue.submit([encoder.finish()]);
    await buffer.mapAsync(GPUMapMode.READ);
    const bytes = new Uint8Array(buffer.getMappedRange());
    const image = new ImageData(width, height);
    const [red, blue] = this.#format === 'bgra8unorm' ? [2, 0] : [0, 2];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [from, to] = [y * stride + 4 * x, 4 * (y * width + x)];
        image.data[to] = bytes[from + red];
        image.data[to + 1] = bytes[from + 1];
        image.data[to + 2] = bytes[from + blue];
        image.data[to + 3] = 255;
      }
    }
    buffer.destroy();
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')!.putImageData(image, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  dispose(): void {
    for (const one of [this.#uniform, this.#lines, this.#target]) one?.destroy();
    this.#context.unconfigure();
  }

  /** The texture that slices are gathered on: a canvas gives a new one every frame. */
  #targetFor({ width, height }: PortraitView): GPUTexture {
    if (this.#target?.width === width && this.#target.height === height) return this.#target;
    this.#target?.destroy();
    this.#target = this.#gpu.createTexture({
      label: 'portrait',
      size: [width, height],
      format: this.#format,
      usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
    });
    return this.#target;
  }

  #strokes(pass: GPURenderPassEncoder, first: number, count: number): void {
    if (count === 0 || this.#lines === null) return;
    pass.setPipeline(this.#line);
    pass.setVertexBuffer(0, this.#lines);
    pass.draw(4, count, 0, first);
  }

  #upload(strokes: readonly Strokes[]): void {
    const count = strokes.reduce((sum, { pieces }) => sum + pieces.length / 6, 0);
    const values = new Float32Array(LINE * count);
    let at = 0;
    for (const { pieces, color, opacity, width } of strokes) {
      const style = [...rgb(color), opacity, width / 2 / RADIUS];
      for (let k = 0; k < pieces.length; k += 6) {
        for (let i = 0; i < 6; i++) values[at++] = pieces[k + i];
        for (const x of style) values[at++] = x;
      }
    }
    if (this.#lines === null || this.#lines.size < values.byteLength) {
      this.#lines?.destroy();
      const usage = GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST;
      this.#lines = this.#gpu.createBuffer({
        label: 'portrait lines',
        size: Math.max(4, 2 * values.byteLength),
        usage,
      });
    }
    this.#gpu.queue.writeBuffer(this.#lines, 0, values);
  }
}

/** Camera and constants as the shader's View. */
function uniforms(source: Source, view: PortraitView, reach: number, b: readonly [number, number]): ArrayBuffer {
  const bytes = new ArrayBuffer(UNIFORM_BYTES);
  const floats = new Float32Array(bytes);
  const words = new Uint32Array(bytes);
  floats.set(cameraOf(view, reach), 0);
  const dense = source.dimension >= DENSE;
  const alpha = Math.max(dense ? 0.25 : 0.06, Math.min(0.85, Math.sqrt(SOLID / source.dimension)));
  floats.set([...rgb(view.colors.near), alpha, ...rgb(view.colors.far), alpha], 16);
  const radius = RADIUS * view.ratio;
  floats.set([(2 * radius) / view.width, (2 * radius) / view.height, b[0], b[1], view.flat ? 0 : HEIGHT * reach], 24);
  words.set(
    [source.quads, source.quads * source.count, PARAMETRIZATIONS[hyperbolicOf(source.parametrization) ?? 'product']],
    29,
  );
  return bytes;
}
