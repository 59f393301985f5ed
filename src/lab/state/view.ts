/** What is looked at, and how. */
import { signal } from '@preact/signals';
import type { ScaleKind } from '../../results/plot/model.ts';
import { frame, type Theme, WHOLE } from './frame.ts';

export const TABS = ['curves', 'slope', 'residual', 'density', 'concentration', 'portrait'] as const;
export type Tab = (typeof TABS)[number];

export const TAB_TITLE: Readonly<Record<Tab, string>> = {
  curves: 'Curves',
  slope: 'Drift and noise',
  residual: 'Residual',
  density: 'Density of β',
  concentration: 'Concentration',
  portrait: 'Phase portrait',
};

/** What each view shows, where no preset says what to look for. */
export const TAB_HINT: Readonly<Record<Tab, string>> = {
  curves:
    'The mean of the replicas with the band that holds 80% of them, beside the deterministic limit. The band lies on the PDE if d is large.',
  slope:
    'The slope of the risk is $D_R+N_R$: a drift, which falls, and a part of the gradient noise, which rises. Points: the slope measured from the risk itself.',
  residual:
    'Mean of the replicas minus the PDE, in standard errors of that mean: mostly within ±2 where the limit holds.',
  density:
    'How the coordinates of β are spread at one time: histograms of the ensembles, and the exact shares of the PDE.',
  concentration:
    'The same experiment in several dimensions: the bands close in on the limit, their width falls like $1/\\sqrt d$.',
  portrait:
    'Every coordinate as a point $(u,v)$: it moves along its hyperbola $u^2-v^2=\\pm e^{s}$, and noise shrinks the hyperbolas.',
};

export const tab = signal<Tab>('curves');
/** The statistic of curves and residual; the first of the experiment if it is none of its own. */
export const statistic = signal('risk');
/** In the place of a statistic: all of them, a small plot each. */
export const ALL = '*';
/** Null: what suits the numbers. */
export const xScale = signal<ScaleKind | null>(null);
export const yScale = signal<ScaleKind | null>(null);
/** Whether the y axis holds gradient flow, however far it falls. */
export const isWhole = signal(false);
export const FIRST_SCRUB = 0.25;
/** Time looked at in the density and the concentration plot, as a share of the horizon. */
export const scrub = signal(FIRST_SCRUB);
/** Ids of series that are not drawn. */
export const hidden = signal<ReadonlySet<string>>(new Set());

/** Whether the runs stand below the plot, too far from it for a text that goes with it. */
const narrow = matchMedia('(max-width: 1180px)');
export const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches;
});

export const page = signal<'lab' | 'self-test'>('lab');

const STORED = 'diagflow-theme';
const preferred = matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme | null {
  try {
    const theme = localStorage.getItem(STORED);
    return theme === 'light' || theme === 'dark' ? theme : null;
  } catch {
    // Storage may be forbidden; the system's wish then holds.
    return null;
  }
}

/** Null: as the system wishes. */
const chosen = signal<Theme | null>(stored());
const system = signal<Theme>(preferred.matches ? 'dark' : 'light');
preferred.addEventListener('change', () => {
  system.value = preferred.matches ? 'dark' : 'light';
});

export const theme = () => frame.value.theme ?? chosen.value ?? system.value;

export function toggleTheme(): void {
  const next: Theme = theme() === 'dark' ? 'light' : 'dark';
  // What the reader presses outweighs what the link says.
  frame.value = { ...frame.value, theme: WHOLE.theme };
  chosen.value = next === system.value ? null : next;
  try {
    if (chosen.value === null) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, chosen.value);
  } catch {
    // It then holds until the page is closed.
  }
}
