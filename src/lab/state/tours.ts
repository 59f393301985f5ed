/** Guided tours: short texts beside the running page. Every step is a state of the page, and a link to it. */
import { signal } from '@preact/signals';
import { presetText } from './experiment.ts';
import { frame, frameParts } from './frame.ts';
import { setAt } from './paths.ts';
import { presetOf } from './presets.ts';
import type { Tab } from './view.ts';

export interface TourStep {
  /** With formulas between dollar signs. */
  readonly text: string;
  /** Something to try, and to think about. */
  readonly question?: string;
  readonly preset: string;
  /** Fields of the preset that are changed, by path. */
  readonly set?: readonly (readonly [path: string, value: unknown])[];
  readonly tab?: Tab;
  readonly statistic?: string;
}

export interface Tour {
  readonly name: string;
  readonly title: string;
  readonly steps: readonly TourStep[];
}

const PARTS = ['statistics', ['risk', 'riskDrift', 'riskNoise']] as const;

export const TOURS: readonly Tour[] = [
  {
    name: 'limit',
    title: 'SGD follows a deterministic curve',
    steps: [
      {
        preset: 'concentration-d16',
        text: 'Sixteen runs of SGD in dimension 16, each with its own random samples. The blue band holds 80% of them; thin lines are single runs. They scatter around the black line, the solution of a PDE that knows nothing of their samples.',
      },
      {
        preset: 'concentration-d256',
        text: 'The same problem with $d=256$. One unit of time is $d$ steps, so there are sixteen times as many of them. The band is a quarter as wide: it narrows like $1/\\sqrt d$.',
      },
      {
        preset: 'concentration-d4096',
        text: 'With $d=4096$ the band is hardly wider than a line. Below the curves stands the gap between the mean of SGD and the PDE, in standard errors: mostly within ±2, which is what chance allows.',
        question: 'Press “Another seed”. Which of the lines move, and which does not?',
      },
    ],
  },
  {
    name: 'noise',
    title: 'Noise costs risk, and where it comes from',
    steps: [
      {
        preset: 'quickstart',
        text: 'The dashed line is gradient flow: the same drift without noise. SGD falls more slowly, and the PDE has the difference.',
      },
      {
        preset: 'quickstart',
        set: [PARTS],
        tab: 'slope',
        text: 'The slope of the risk has two parts, $dR/dt=D_R+N_R$. The drift $D_R$ falls. The noise $N_R$ rises: every step uses one sample, and its error grows with the risk itself. That is why it fades as the risk does.',
      },
      {
        preset: 'label-noise',
        tab: 'slope',
        text: 'With noise in the labels the error of a sample does not fade. Drift and noise come to cancel, and the risk stays on a plateau.',
        question: 'Halve the step size γ. Where does the plateau go, and what does it cost?',
      },
    ],
  },
  {
    name: 'start',
    title: 'Large steps shrink the effective initialization',
    steps: [
      {
        preset: 'implicit-regularization',
        set: [['stepSize', 0.25]],
        statistic: 'effectiveInitialization',
        text: 'Gradient flow keeps $u^2-v^2$ for ever: the start decides which solution it finds. A step of SGD multiplies it by $1-\\alpha^2$, so it can only shrink. Here $\\gamma=0.25$: the mean of its logarithm hardly falls.',
      },
      {
        preset: 'implicit-regularization',
        set: [['stepSize', 1]],
        statistic: 'effectiveInitialization',
        text: 'With $\\gamma=1$ it falls much further, by $2\\gamma^2\\int R\\,dt$. SGD with a large step finds the solution that gradient flow would have found from a smaller start.',
        question: 'Move γ from 0.25 up to the mark γ_c. How does the final value depend on it?',
      },
      {
        preset: 'implicit-regularization',
        set: [['stepSize', 1]],
        statistic: 'l1',
        text: 'What it is good for: a smaller effective start gives a sparser solution. The $\\ell^1$ norm comes nearer to that of the target.',
      },
    ],
  },
  {
    name: 'rich',
    title: 'The rich regime: plateau, drop, tail',
    steps: [
      {
        preset: 'rich-regime',
        text: 'A small start, $u=0.1$. At first nothing seems to happen: the gradient of $u$ is proportional to $v$, and both are small. Then the support is learned at once, and a slow tail follows.',
      },
      {
        preset: 'rich-regime',
        statistic: 'l1',
        text: 'The $\\ell^1$ norm grows to that of the target, 0.5, and stays: only the coordinates of the support have grown.',
      },
      {
        preset: 'rich-regime',
        set: [['problem.initialization.u', 0.02]],
        text: 'A start five times smaller makes the plateau longer, by $\\log 5$ over the rate of growth, and the drop as steep as before.',
        question: 'Set u to 1. What is left of the plateau?',
      },
    ],
  },
  {
    name: 'large-steps',
    title: 'Too large a step blows up',
    steps: [
      {
        preset: 'quickstart',
        set: [['stepSize', 1]],
        text: 'Near zero risk there is a critical step size $\\gamma_c$, shown under the plot and on the slider. Here $\\gamma=1$ lies below it: the risk still falls, more slowly than with smaller steps.',
      },
      {
        preset: 'quickstart',
        set: [['stepSize', 2.2]],
        text: 'Beyond it the noise that the risk makes outweighs the drift: SGD cannot settle at this solution.',
        question: 'Find the γ at which the risk falls fastest. Is it near half of γ_c?',
      },
      {
        preset: 'blow-up',
        text: 'From a large start it is worse: the risk feeds the noise, the noise feeds the weights, and the limit explodes in finite time. SGD in dimension 20 000 diverges at the same moment.',
      },
    ],
  },
];

/** The step that is shown; null where no tour is on. */
export const touring = signal<{ readonly tour: Tour; readonly step: number } | null>(null);

/** The experiment of a step, as text. */
export function textOf({ preset, set = [] }: TourStep): string {
  let value: unknown = JSON.parse(presetText(presetOf(preset)!.text));
  for (const [path, next] of set) value = setAt(value, path.split('.'), next);
  return JSON.stringify(value);
}

/** `#tour=noise&step=2`, in as much of the page as there is. */
export const linkOf = ({ name }: Tour, step: number) =>
  `#${[...frameParts(frame.value), `tour=${name}`, `step=${step + 1}`].join('&')}`;
