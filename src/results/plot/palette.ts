/** Colours by meaning, the same in files and in the lab: one a method, safe for colour-blind readers (Okabe & Ito). */
import type { MethodKind } from '../format.ts';
import type { Ink } from './model.ts';

export interface Palette {
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly surface: string;
  /** Where a map has no value. */
  readonly missing: string;
  readonly ink: Readonly<Record<Ink, string>>;
  /** Ends of the part of the scale that can be told from the surface. */
  readonly shades: readonly [number, number];
}

export const METHOD_LABEL: Readonly<Record<MethodKind, string>> = {
  sgd: 'SGD',
  sde: 'SDE',
  pde: 'PDE',
  flow: 'gradient flow',
};

const light: Palette = {
  text: '#1b1f24',
  quiet: '#5a636e',
  grid: '#e6e9ed',
  surface: '#ffffff',
  missing: '#dfe2e6',
  shades: [0, 0.86],
  ink: {
    sgd: '#0072b2',
    sde: '#e69f00',
    pde: '#1b1f24',
    flow: '#009e73',
    failure: '#d55e00',
    muted: '#7a838e',
    drift: '#009e73',
    noise: '#cc79a7',
    sum: '#1b1f24',
  },
};

/** light and dark are the lab's; print is black on white. */
export const THEMES = {
  light,
  dark: {
    text: '#e8eaed',
    quiet: '#a3acb8',
    grid: '#2a3038',
    surface: '#14171b',
    missing: '#4a525c',
    shades: [0.2, 1],
    ink: {
      sgd: '#3f9fdc',
      sde: '#e69f00',
      pde: '#e8eaed',
      flow: '#1fbf92',
      failure: '#ff7a2e',
      muted: '#8a94a0',
      drift: '#1fbf92',
      noise: '#e09cc3',
      sum: '#e8eaed',
    },
  },
  print: {
    ...light,
    text: '#000000',
    quiet: '#333333',
    grid: '#dddddd',
    ink: { ...light.ink, pde: '#000000', sum: '#000000' },
  },
} as const satisfies Record<string, Palette>;

export type ThemeName = keyof typeof THEMES;

/** Viridis at eleven places. */
const VIRIDIS = [
  '#440154',
  '#482576',
  '#414487',
  '#35608d',
  '#2a788e',
  '#21908d',
  '#22a884',
  '#43bf71',
  '#7ad151',
  '#bcdf27',
  '#fde725',
] as const;

/** The colour at a share from 0 to 1 of the scale. */
export function viridis(share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
  const k = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const channel = (hex: string, c: number) => Number.parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) =>
    Math.round(channel(VIRIDIS[k], c) * (1 - at + k) + channel(VIRIDIS[k + 1], c) * (at - k)),
  );
  return `#${mixed.map((x) => x.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour of a series. */
export function colorOf(palette: Palette, { ink, shade }: { readonly ink: Ink; readonly shade?: number }): string {
  if (shade === undefined) return palette.ink[ink];
  const [from, to] = palette.shades;
  return viridis(from + shade * (to - from));
}
