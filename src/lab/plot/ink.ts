/** The colours of the theme that holds, as plots draw with them. The style sheet has the same; a test holds the two together. */
import { type Palette, THEMES } from '../../results/plot/palette.ts';
import { theme } from '../state/view.ts';

export const paletteNow = (): Palette => THEMES[theme()];
