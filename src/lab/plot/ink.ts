/** The colours of the theme that holds, read from the style sheet, which is their one source. */
import type { Ink } from './model.ts';

export interface Palette {
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly surface: string;
  readonly ink: Readonly<Record<Ink, string>>;
}

const INKS: readonly Ink[] = ['sgd', 'sde', 'pde', 'flow', 'failure', 'muted', 'drift', 'noise', 'sum'];

export function paletteNow(root: Element = document.documentElement): Palette {
  const style = getComputedStyle(root);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: read('text'),
    quiet: read('quiet'),
    grid: read('grid'),
    surface: read('surface'),
    ink: Object.fromEntries(INKS.map((ink) => [ink, read(`ink-${ink}`)])) as Record<Ink, string>,
  };
}
