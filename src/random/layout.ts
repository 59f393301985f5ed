/** The draws of `layout: "random"`, and problems with them. Specification: docs/paths.md, "Random layouts". */

import { buildProblem, type Draws, type Experiment, type Problem, randomLayout } from '../problem/index.ts';
import { onTable, type Table, withTable } from '../problem/table.ts';
import { Stream } from './address.ts';
import { fillNormals } from './normals.ts';
import { fillWords } from './threefry.ts';

const CHUNK = 1024;
const words = new Int32Array(CHUNK + 8);

/** As a function of (seed, replica, column, coordinate) alone. */
export function drawsOf(seed: number, replica: number): Draws {
  return {
    uniforms(column, out) {
      for (let done = 0; done < out.length; done += CHUNK) {
        const n = Math.min(CHUNK, out.length - done);
        const from = fillWords(words, seed, replica, Stream.layout, 0, column, done, n);
        for (let i = 0; i < n; i++) out[done + i] = ((words[from + i] >>> 0) + 0.5) * 2 ** -32;
      }
    },
    normals(column, out) {
      fillNormals(out, 0, out.length, seed, replica, Stream.layout, 0, column, 0);
    },
  };
}

/**
 * The problem that a replica runs on: the experiment's one problem, but for random layouts that are not shared. O(d) time, 32 bytes a
 * coordinate. Throws `ExperimentError` if the arrays do not fit in memory.
 */
export function problemOf(experiment: Experiment, replica = 0, table?: Table): Problem {
  if (table) return onTable(problemOf(withTable(experiment, table), replica), experiment, table);
  const random = randomLayout(experiment.problem);
  return buildProblem(experiment, random && drawsOf(experiment.seed, random.shared ? 0 : replica));
}
