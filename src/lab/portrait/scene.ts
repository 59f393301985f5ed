/** The lines of a picture: axes, the hyperbolas of the limit's classes, and contours of its density; and the numbers behind them. */
import type { Parametrization } from '../../problem/index.ts';
import { axesOf } from './camera.ts';
import { contoursOf } from './contours.ts';
import { drawnHyperbolas, hyperbola, type LimitClassAt, type LimitFrame, MASSES, NORMALS } from './limit.ts';
import type { Label, PortraitView } from './protocol.ts';
import type { Strokes } from './renderer.ts';

/** Heights at which a view in space has contours of their own. */
const MOST_LEVELS = 6;
const OPACITY = [0.95, 0.75, 0.55] as const;

interface Drawn {
  readonly frame: LimitFrame;
  readonly flat: boolean;
  readonly reach: number;
  readonly hyperbolas: readonly number[];
  readonly contours: readonly (readonly number[])[];
}

export class Scene {
  #drawn: Drawn | null = null;

  constructor(readonly parametrization: Parametrization) {}

  strokes(
    view: PortraitView,
    frame: LimitFrame | null,
    reach: number,
    b: readonly [number, number],
  ): { readonly under: readonly Strokes[]; readonly over: readonly Strokes[] } {
    const { text, grid } = view.colors;
    const axes: Strokes = { pieces: axesOf(view, reach, b).lines, color: grid, opacity: 1, width: 1.6 };
    if (frame === null) return { under: [axes], over: [] };
    const old = this.#drawn;
    if (old === null || old.frame !== frame || old.flat !== view.flat || old.reach !== reach)
      this.#drawn = this.#limit(frame, view.flat, reach, b);
    const { hyperbolas, contours } = this.#drawn!;
    return {
      under: [axes, { pieces: hyperbolas, color: text, opacity: 0.4, width: 1.8 }],
      over: contours.map((pieces, k) => ({ pieces, color: text, opacity: OPACITY[k], width: 2 })),
    };
  }

  #limit(frame: LimitFrame, flat: boolean, reach: number, [low, high]: readonly [number, number]): Drawn {
    const height = (b: number) => (flat || !(high > low) ? 0 : (b - low) / (high - low) - 0.5);
    const hyperbolas: number[] = [];
    for (const one of drawnHyperbolas(frame.classes))
      lift(hyperbola(one, reach, this.parametrization), height(one.b), hyperbolas);
    const contours: number[][] = [];
    for (const group of flat ? [frame.classes] : byTarget(frame.classes)) {
      const weight = group.reduce((sum, one) => sum + one.weight, 0);
      const mean = group.reduce((sum, one) => sum + one.weight * one.b, 0) / weight;
      contoursOf(group, MASSES, reach).forEach((pieces, k) => {
        contours[k] ??= [];
        lift(pieces, height(mean), contours[k]);
      });
    }
    return { frame, flat, reach, hyperbolas, contours };
  }
}

/** (u, v, u, v) → (u, v, h, u, v, h). */
function lift(pieces: readonly number[], h: number, out: number[]): void {
  for (let k = 0; k < pieces.length; k += 4) out.push(pieces[k], pieces[k + 1], h, pieces[k + 2], pieces[k + 3], h);
}

/** Classes of one b together; of many b, those of neighbouring ones, of about equal mass. */
function byTarget(classes: readonly LimitClassAt[]): LimitClassAt[][] {
  const values = [...new Set(classes.map(({ b }) => b))].sort((x, y) => x - y);
  const sorted = [...classes].sort((one, other) => one.b - other.b);
  const total = classes.reduce((sum, { weight }) => sum + weight, 0);
  const groups = new Map<number, LimitClassAt[]>();
  let before = 0;
  for (const one of sorted) {
    const key =
      values.length <= MOST_LEVELS
        ? values.indexOf(one.b)
        : Math.min(MOST_LEVELS - 1, Math.floor((MOST_LEVELS * before) / total));
    groups.set(key, [...(groups.get(key) ?? []), one]);
    before += one.weight;
  }
  return [...groups.values()];
}

export function labelsOf(view: PortraitView, reach: number, b: readonly [number, number]): readonly Label[] {
  return axesOf(view, reach, b).labels;
}

/** Normal quantiles at which the table gives places. */
const SHOWN = [-3, -2, -1, 0, 1, 2, 3];

/** One row a class: its weight, λ, b, the constant of its hyperbola, and where its mass lies. */
export function tableOf(frame: LimitFrame | null): { readonly columns: string[]; readonly rows: number[][] } {
  const columns = [
    'weight of the class',
    'λ',
    'b',
    'u² − v² (product), up to sign: eˢ',
    ...SHOWN.flatMap((z) => [`u at z = ${z}`, `v at z = ${z}`]),
  ];
  const at = SHOWN.map((z) => NORMALS.findIndex((x) => Math.abs(x - z) < 1e-9));
  const rows = (frame?.classes ?? []).map(({ weight, lambda, b, s, points }) => [
    weight,
    lambda,
    b,
    Math.exp(s),
    ...at.flatMap((k) => [points[2 * k], points[2 * k + 1]]),
  ]);
  return { columns, rows };
}
