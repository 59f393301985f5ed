/** What a run of the PDE is asked for, and what it gives. */

import type { Moment } from '../expression/expression.ts';
import type { GridRules } from './grid.ts';
import type { LimitClass, LimitSetting } from './law/types.ts';
import type { Scales } from './look.ts';
import type { Outside, Source } from './operator.ts';
import type { PathRecorder } from './path.ts';
import type { Layout, Population, ZGrid } from './population.ts';
import type { Snapshot } from './snapshots.ts';

export interface Accuracy {
  /** Relative local error of a time step. */
  readonly step: number;
  /** Relative truncation error in z, and the weight at which grids end. */
  readonly grid: GridRules;
  /** Relative error of the averages in z. */
  readonly average: number;
  /**
   * Many classes stand for one continuous law: each may miss as much as an equal share of every average allows (30 times the accuracy at most), instead of
   * being exact in itself.
   */
  readonly shared?: boolean;
}

export interface EvolutionRequest {
  readonly setting: LimitSetting;
  readonly classes: readonly LimitClass[];
  /** Increasing, first 0. */
  readonly times: Float64Array;
  readonly moments: readonly Moment[];
  readonly accuracy: Accuracy;
  /** Called with the state at every save time, for densities. */
  readonly onState?: (timeIndex: number, state: PopulationState) => void;
  readonly onProgress?: (t: number) => void;
  /** Nobody will read R(t) between the save times: the result's path is empty. */
  readonly pathless?: boolean;
  /** What is known of R beforehand. */
  readonly outside?: Outside;
  /** These classes are a part of a population of which this is known: its means by x = √t, how many classes it has, and by save time the mean sizes of the moments. */
  readonly part?: Part;
  /** Told the means over the population at x = √t, after every step. */
  readonly onMeans?: (x: number, means: Scales) => void;
  /** For tests. */
  readonly source?: Source;
  /** For tests of order: this grid in every class, never changed, and steps of this length in √t. */
  readonly fixed?: { readonly grid?: ZGrid; readonly step?: number };
  readonly maximumSteps?: number;
  /** Steps × nodes after which the run gives up. */
  readonly maximumWork?: number;
}

export interface Part {
  means(x: number): Scales;
  readonly classes: number;
  readonly sizes: readonly (Float64Array | null)[];
}

export interface PopulationState {
  readonly population: Population;
  readonly resting: readonly LimitClass[];
  readonly clock: number;
  /** Null while every class is a point mass (t = 0). */
  readonly layout: Layout | null;
  /** δ on the layout, or one a class. */
  readonly delta: Float64Array;
}

export interface EvolutionResult {
  /** Those that move, in the order of the snapshots' parts. */
  readonly classes: readonly LimitClass[];
  /** By save time; null after the end. Of a part of a population what the part adds to its means. */
  readonly snapshots: readonly (Snapshot | null)[];
  readonly path: PathRecorder;
  readonly end: number;
  readonly stopped: 'horizon' | 'blow-up' | 'stuck';
  readonly message: string;
  readonly clock: number;
  /** ∫g dt over the run. */
  readonly drift: number;
  /** γ by save time; NaN after the end. */
  readonly stepSizes: Float64Array;
  readonly steps: number;
  readonly rejected: number;
  /** Steps tried × nodes, added up. */
  readonly work: number;
  /** Nodes of all classes at the end, and the most at any time. */
  readonly nodes: number;
}
