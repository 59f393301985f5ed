/** Where the eye is, and where the axes of the picture fall on it. */
import { type Mat4, mat4, type Vec3, vec3 } from 'wgpu-matrix';
import { ticksOf } from '../../results/plot/axis.ts';
import type { Label, PortraitView } from './protocol.ts';

/** Height of the b axis in the view in space, in shares of the reach. */
export const HEIGHT = 1.4;

/** Flat: (u, v) upright; else an orbit around the middle of (u, v, b). */
export function cameraOf({ width, height, flat, yaw, pitch, zoom, shift }: PortraitView, reach: number): Mat4 {
  const aspect = width / height;
  const half = reach / zoom;
  if (flat) {
    const { u, v } = windowOf({ width, height, zoom, shift }, reach);
    return mat4.ortho(u[0], u[1], v[0], v[1], -10 * reach, 10 * reach);
  }
  const distance = 4.4 * half;
  const eye = [
    distance * Math.cos(pitch) * Math.sin(yaw),
    -distance * Math.cos(pitch) * Math.cos(yaw),
    distance * Math.sin(pitch),
  ];
  const camera = mat4.lookAt(eye, [0, 0, 0], [0, 0, 1]);
  const lens = mat4.perspective(Math.PI / 4, aspect, 0.01 * half, 100 * reach);
  return mat4.multiply(lens, camera);
}

/** What a flat view shows of u and v. */
function windowOf(
  { width, height, zoom, shift }: Pick<PortraitView, 'width' | 'height' | 'zoom' | 'shift'>,
  reach: number,
): { readonly u: readonly [number, number]; readonly v: readonly [number, number] } {
  const aspect = width / height;
  const half = reach / zoom;
  const [x, y] = [shift[0] * reach, shift[1] * reach];
  const [w, h] = aspect > 1 ? [half * aspect, half] : [half, half / aspect];
  return { u: [x - w, x + w], v: [y - h, y + h] };
}

export interface Axes {
  /** Pieces of lines: (u, v, height) twice. */
  readonly lines: readonly number[];
  readonly labels: readonly Label[];
}

/** Points wanted between two labels. */
const APART = 72;
/** Share of an axis that has numbers; its name stands at the end. */
const ROOM = 0.95;

/** Grid and labels of a view; heights from −½ to ½ of the b axis. `low`, `high`: the values of b there. */
export function axesOf(view: PortraitView, reach: number, [low, high]: readonly [number, number]): Axes {
  return view.flat ? flatAxes(view, reach) : spaceAxes(view, reach, low, high);
}

function flatAxes(view: PortraitView, reach: number): Axes {
  const { u, v } = windowOf(view, reach);
  const lines: number[] = [];
  const labels: Label[] = [];
  const linear = { scale: 'linear', threshold: 1 } as const;
  for (const { value, label } of ticksOf(linear, ...u, view.width / view.ratio / APART)) {
    lines.push(value, v[0], 0, value, v[1], 0);
    const x = (value - u[0]) / (u[1] - u[0]);
    if (x < ROOM) labels.push({ x, y: 1, text: label, place: 'below' });
  }
  for (const { value, label } of ticksOf(linear, ...v, view.height / view.ratio / APART)) {
    lines.push(u[0], value, 0, u[1], value, 0);
    const y = (v[1] - value) / (v[1] - v[0]);
    if (y > 1 - ROOM) labels.push({ x: 0, y, text: label, place: 'beside' });
  }
  labels.push({ x: 1, y: 1, text: 'u', place: 'below' }, { x: 0, y: 0, text: 'v', place: 'beside' });
  return { lines, labels };
}

function spaceAxes(view: PortraitView, reach: number, low: number, high: number): Axes {
  const camera = cameraOf(view, reach);
  const [near, far] = [-0.5, 0.5];
  const r = reach;
  const lines: number[] = [];
  const labels: Label[] = [];
  const put = (u: number, v: number, h: number, text: string) => {
    const at = project(camera, [u, v, h * HEIGHT * reach]);
    if (at?.every((share) => share > 0.02 && share < 0.98)) labels.push({ x: at[0], y: at[1], text, place: 'at' });
  };
  // A floor at the smallest b, and the axis of b at its corner.
  for (const x of [-r, 0, r]) lines.push(x, -r, near, x, r, near, -r, x, near, r, x, near);
  lines.push(-r, -r, near, -r, -r, far);
  const name = (x: number) => ticksOf({ scale: 'linear', threshold: 1 }, x, x, 1)[0].label;
  const edge = Number(reach.toPrecision(2));
  put(1.12 * r, -r, near, `u = ${name(edge)}`);
  put(-r, 1.12 * r, near, `v = ${name(edge)}`);
  if (high > low) {
    put(-1.06 * r, -1.06 * r, near, `b = ${name(low)}`);
    put(-1.06 * r, -1.06 * r, far, `b = ${name(high)}`);
  }
  return { lines, labels };
}

/** Shares of the picture's width and height; null behind the eye. */
function project(camera: Mat4, [x, y, z]: readonly [number, number, number]): [number, number] | null {
  const w = camera[3] * x + camera[7] * y + camera[11] * z + camera[15];
  if (!(w > 0)) return null;
  const at: Vec3 = vec3.transformMat4([x, y, z], camera);
  return [(at[0] + 1) / 2, (1 - at[1]) / 2];
}
