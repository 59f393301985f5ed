/** What each preset is about: a sentence for who looks at it in the lab, and the statistic and view on which it is seen. */
import type { Tab } from './view.ts';

export interface Story {
  readonly hint: string;
  readonly tab?: Tab;
  readonly statistic?: string;
}

export const STORIES: Readonly<Record<string, Story>> = {
  quickstart: {
    hint: 'SGD and SDE follow the PDE, a deterministic curve; gradient flow, which has no noise, falls faster. What lies between is the price of gradient noise.',
  },
  'implicit-regularization': {
    hint: 'Noise makes the start look smaller: the mean of $\\log|u^2-v^2|$ falls along SGD, SDE and PDE, and not at all along gradient flow.',
    statistic: 'effectiveInitialization',
  },
  'implicit-bias': {
    hint: 'Fewer samples than coordinates, again and again: the training risk goes to 0, and larger steps lead to sparser solutions than gradient flow.',
    statistic: 'l1',
  },
  'rich-regime': {
    hint: 'A small start, $u=0.1$: a plateau on which nothing seems to happen, then the support is learned fast, then a slow tail.',
  },
  'label-noise': {
    hint: 'With label noise $\\sigma$ drift and gradient noise come to cancel, $D_R+N_R\\to 0$: the risk settles on a plateau instead of going to 0.',
    tab: 'slope',
  },
  'blow-up': {
    hint: 'A step too large for its start ($\\gamma=1$, $u=2$): the limit explodes at $t\\approx 0.33$, and SGD diverges with it. The marks at the foot are replicas that have left.',
  },
  'gaussian-target': {
    hint: 'Eigenvalues down to 0: no exponential rate is left, and the risk falls more and more slowly.',
  },
  schedule: {
    hint: 'The step size is cut at $t=6$ and $t=12$: each time the excess risk drops to a lower plateau. Gradient flow has none.',
    statistic: 'excessRisk',
  },
  features: {
    hint: 'Heavy-tailed features (Student t) follow the PDE of Gaussian ones: only their variance matters in high dimension. The gap below the curves says how well.',
  },
  'minibatch-square': {
    hint: 'Another network, $\\beta=u^2$, with batches of 4: averaging four samples quarters the noise.',
  },
  concentration: {
    hint: 'The same problem in growing dimension: the band of SGD around the PDE narrows like $1/\\sqrt d$.',
  },
};

export function storyOf(preset: string): Story | null {
  return STORIES[preset] ?? STORIES[preset.replace(/-d\d+$/, '')] ?? null;
}
