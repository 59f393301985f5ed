/** What of the page is shown around the plot: all of it, or what a lecture or another page needs. */
import { computed, signal } from '@preact/signals';
import { pathOf } from './paths.ts';

export const THEME_WORDS = ['light', 'dark'] as const;
export type Theme = (typeof THEME_WORDS)[number];

/** Parts of the page that an embedded plot may show beside fields of the experiment. */
export const PARTS = ['tabs', 'hint', 'tools', 'run'] as const;
type Part = (typeof PARTS)[number];

export interface Frame {
  /** The plot and the chosen controls alone, as inside another page. */
  readonly embed: boolean;
  /** Letters and lines for a screen that is looked at from afar, and the plot over the whole width. */
  readonly large: boolean;
  /** Null: as the reader or his system wishes. */
  readonly theme: Theme | null;
  /** Paths of fields, and parts of the page; null: those of most use. */
  readonly controls: readonly string[] | null;
}

export const WHOLE: Frame = { embed: false, large: false, theme: null, controls: null };
export const frame = signal<Frame>(WHOLE);
export const isLarge = computed(() => frame.value.large);

/** Where a link does not choose; fields that an experiment does not have are left out. */
export const FIRST_CONTROLS: readonly string[] = ['stepSize', 'problem.initialization.u'];
/** Said in a link for none at all. */
export const NONE = 'none';

/** Its part of a link; flags first, without a value: a reader sees at once what the link is. */
export function frameParts({ embed, large, theme, controls }: Frame): string[] {
  return [
    embed ? 'embed' : '',
    large ? 'large' : '',
    theme ? `theme=${theme}` : '',
    // Commas and brackets may stand in a fragment as they are.
    controls ? `controls=${controls.join(',') || NONE}` : '',
  ].filter(Boolean);
}

const isPart = (word: string): word is Part => (PARTS as readonly string[]).includes(word);
const chosen = computed(() => frame.value.controls ?? FIRST_CONTROLS);

export const shownFields = computed(() => chosen.value.filter((word) => !isPart(word)).map(pathOf));
/** On a large page everything but the fields is there. */
export const hasPart = (part: Part) => !frame.value.embed || chosen.value.includes(part);
export { isPart };
