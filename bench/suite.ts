/**
 * A benchmark suite, the default export of a file in bench/suites: seeded inputs in, raw samples out. bench/main.ts times nothing itself;
 * it lists, runs and writes.
 */
export interface SuiteContext {
  /** Small sizes: the whole of `--quick` ends in two minutes on two cores. */
  readonly quick: boolean;
  /** One line of progress on stderr. */
  log(line: string): void;
}

export interface SuiteResult {
  /** One measured configuration a row; every number in SI units named by the key (`secondsMedian`, `coordinateStepsPerSecond`, …). */
  readonly rows: readonly Record<string, number | string | readonly number[]>[];
  /** What a reader must know: peers skipped by name, device absent, what the sizes were limited by. */
  readonly notes: readonly string[];
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  run(context: SuiteContext): Promise<SuiteResult>;
}
