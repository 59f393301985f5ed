/** Submissions on a device of known speed: how long each is, and that nothing is left out or done twice. No GPU is asked. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/gpu/batch.ts';
import type { Device } from '../../src/gpu/device.ts';
import { FIRST_UNITS, Line, Pace } from '../../src/gpu/pace.ts';
import { type Planned, Planner } from '../../src/gpu/planner.ts';
import { scratchOf, sgdKernel } from '../../src/gpu/scratch.ts';
import type { Work } from '../../src/gpu/stepper.ts';
import { stepperFor } from '../../src/gpu/steppers.ts';
import { halfSparse, requestFor } from './twin.ts';

const TARGET = 25;
const WIDEST = 65_535;

interface Shape {
  /** Workgroups of a step: x and y, and coordinates of each. */
  readonly x: number;
  readonly y: number;
  readonly each: number;
  /** 0: many steps share a dispatch. */
  readonly dispatchesPerStep: number;
  readonly saves: readonly number[];
  readonly moments?: number;
}

/** As much of a batch as a planner asks for. */
function batchOf({ x, y, each, dispatchesPerStep, saves, moments = 2 }: Shape): Batch {
  const pipeline = {} as GPUComputePipeline;
  const grid = (first: number, count: number): Work => {
    return { pipeline, save: false, x, y, groupX: 0, groupY: 0, cost: each * count, first, count, flags: 0 };
  };
  return {
    count: 1,
    rows: 4,
    program: { saves, end: null },
    device: { limits: { maxComputeWorkgroupsPerDimension: WIDEST } },
    observer: {
      problem: { dimension: x * y * each },
      save: (out: Work[]) =>
        out.push({ ...grid(0, 0), save: true, x: 256, y: 1, cost: (moments * x * y * each) / 256 }),
    },
    stepper: {
      dispatchesPerStep,
      costPerReplica: x * y * each,
      steps(out: Work[], _: number, first: number, count: number) {
        if (dispatchesPerStep === 0) out.push(grid(first, count));
        else for (let k = 0; k < count; k++) out.push(grid(first + k, 1));
      },
    },
  } as unknown as Batch;
}

/** Milliseconds a coordinate-step, and a coordinate and moment. */
interface Speed {
  readonly step: number;
  readonly save: number;
}

function runOf(shape: Shape, speed: Speed, firstUnits: number, runs = 1): { planned: Planned; milliseconds: number }[] {
  const line = new Line();
  line.runs = runs;
  const pace = new Pace(line, TARGET, firstUnits);
  const planner = new Planner(batchOf(shape), pace);
  const seen: { planned: Planned; milliseconds: number }[] = [];
  while (!planner.done) {
    const planned = planner.next();
    const milliseconds = planned.cost.steps * speed.step + planned.cost.saves * speed.save;
    pace.learn(planned.cost, milliseconds);
    seen.push({ planned, milliseconds });
    if (seen.length > 20_000) throw new Error('the planner does not come to an end');
  }
  return seen;
}

const streamed: Shape = { x: 791, y: 1, each: 12_800, dispatchesPerStep: 1, saves: [0, 2, 5] };
const resident: Shape = { x: 600, y: 1, each: 8192, dispatchesPerStep: 0, saves: [0, 3] };
const small: Shape = { x: 16, y: 1, each: 1000, dispatchesPerStep: 0, saves: [0, 100, 200, 5000] };
const wide: Shape = { x: 100_000, y: 2, each: 256, dispatchesPerStep: 0, saves: [0, 2] };

describe.each([
  ['a streamed step of 10⁷ coordinates', streamed],
  ['600 replicas of 8192', resident],
  ['short steps', small],
  ['a grid wider than a dispatch', wide],
])('%s', (_, shape) => {
  const speeds: [string, Speed][] = [
    ['a slow device', { step: 1e-4, save: 3e-5 }],
    ['saves that are dear', { step: 1e-5, save: 3e-4 }],
    ['a fast device', { step: 1e-7, save: 1e-7 }],
  ];

  it.each(speeds)('takes every workgroup of every step once, and in order: %s', (_, speed) => {
    const at = { step: 0, group: 0 };
    let save = 0;
    let done = 0;
    for (const { planned } of runOf(shape, speed, 50_000)) {
      for (const { save: isSave, x, y, groupX, groupY, first, count } of planned.work) {
        expect(Math.max(x, y)).toBeLessThanOrEqual(WIDEST);
        if (isSave) continue;
        expect(first).toBe(at.step);
        expect(groupX + shape.x * groupY).toBe(at.group);
        expect(y === 1 || (groupX === 0 && x === shape.x)).toBe(true);
        // The steps' coefficients are there.
        expect(first).toBeGreaterThanOrEqual(planned.step);
        expect(first + count).toBeLessThanOrEqual(planned.step + planned.steps);
        at.group += x * y;
        if (at.group < shape.x * shape.y) continue;
        at.step += count;
        at.group = 0;
      }
      // A save time follows its last step, and is told once all of its parts are done.
      for (const index of planned.saves) {
        expect(index).toBe(save++);
        expect(at).toEqual({ step: expect.any(Number), group: 0 });
        expect(at.step).toBeGreaterThanOrEqual(shape.saves[index]);
      }
      done += planned.done;
    }
    expect(at).toEqual({ step: shape.saves[shape.saves.length - 1], group: 0 });
    expect(save).toBe(shape.saves.length);
    expect(done).toBe(at.step * shape.x * shape.y * shape.each);
  });

  it.each(speeds)('is never longer than twice the target, once something is known: %s', (_, speed) => {
    const times = runOf(shape, speed, 50_000).map(({ milliseconds }) => milliseconds);
    // The first of steps and the first of saves may be guesses; a single workgroup cannot be cut.
    const longest = Math.max(shape.each * speed.step, (2 * shape.x * shape.y * shape.each * speed.save) / 256);
    const late = times.slice(8).filter((time) => time > Math.max(2 * TARGET, longest));
    expect(late).toEqual([]);
  });
});

it('fills its submissions: short steps take few of them', () => {
  const run = runOf(small, { step: 1e-5, save: 1e-5 }, 50_000);
  const total = run.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  // 24 ms at most of 25, a few while the pace is learnt, and what the save times cut short.
  expect(run.length).toBeLessThanOrEqual(Math.ceil(total / 20) + 8);
});

it('is shorter beside other runs, but not shorter than is worth while', () => {
  const longestBeside = (runs: number) => {
    const run = runOf(small, { step: 1e-5, save: 1e-5 }, 50_000, runs).slice(8);
    return Math.max(...run.map(({ milliseconds }) => milliseconds));
  };
  expect(longestBeside(5)).toBeLessThanOrEqual((2 * TARGET) / 5);
  expect(longestBeside(64)).toBeGreaterThan(3);
});

/** A device that compiles nothing. */
const software = {
  info: {
    vendor: '',
    architecture: 'swiftshader',
    device: '',
    description: '',
    software: true,
    subgroupSize: 4,
    largestSubgroup: 4,
  },
  limits: {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 32_768,
  },
  pipeline: async () => ({}),
} as unknown as Device;

// The pace can cut a step into workgroups, but no workgroup: what one does at least must be short on the slowest device.
it.each([1, 3, 64, 300, 1000, 8192, 8193, 100_000])('no workgroup draws much in one dispatch: d = %i', async (d) => {
  for (const kind of ['gaussian', 'rademacher'] as const) {
    for (const batchSize of [1, 2, 8, 9, 128, 257, 10_000, 65_536]) {
      const request = requestFor(halfSparse(d, 0.1, 1, 1, { features: { kind }, batchSize }), [0, 1 / d]);
      const stepper = await stepperFor(software, request, 1, {});
      const work: Work[] = [];
      stepper.steps(work, 1, 0, 1, true, true);
      // Features, drawn twice where a workgroup holds a replica; the block's own come on top.
      for (const { cost } of work)
        expect(cost, `${kind}, m = ${batchSize}`).toBeLessThanOrEqual(2 * 2 ** 16 + 4 * Math.sqrt(d) + 256);
      const samples = sgdKernel(request.problem) === 'resident' ? batchSize : scratchOf(request, 1).slice;
      expect(samples, `${kind}, m = ${batchSize}`).toBeLessThanOrEqual(256);
    }
  }
});

// SwiftShader takes 1.8 µs for a coordinate and moment where the moment has 120 operations (two busy cores).
it('its first submissions are short too, where a unit takes longer than most', () => {
  const slow = { step: 2e-3, save: 2e-3 };
  const run = runOf({ x: 1000, y: 1, each: 256, dispatchesPerStep: 0, saves: [0, 2] }, slow, FIRST_UNITS.software);
  expect(Math.max(...run.map(({ milliseconds }) => milliseconds))).toBeLessThanOrEqual(2 * TARGET);
});

it('passes of two steps are half a dispatch a step, counted from each save time on', async () => {
  const d = 9_000;
  for (const kind of ['gaussian', 'rademacher', 'uniform'] as const) {
    const request = requestFor(halfSparse(d, 0.3, 1, 1, { features: { kind } }), [0, 1]);
    const stepper = await stepperFor(software, request, 1, {});
    expect(stepper.kernel).toBe('sgd-s-step');
    expect(stepper.dispatchesPerStep).toBe(0.5);
    const passes = (saves: number[], steps?: number) => {
      stepper.turn = { parity: 0, known: true };
      const batch = {
        ...batchOf({ x: 33, y: 1, each: 256, dispatchesPerStep: 0.5, saves }),
        stepper,
      } as unknown as Batch;
      const planner = new Planner(batch, new Pace(new Line(), TARGET, FIRST_UNITS.hardware), { steps });
      const seen: [number, number, number][] = [];
      while (!planner.done) {
        for (const { save, first, count, flags, times = 1 } of planner.next().work) {
          if (save) continue;
          for (let n = 0; n < times; n++) seen.push([first + count * n, count, (flags + n) % 2]);
        }
      }
      return seen;
    };
    expect(passes([0, 1000])).toHaveLength(500);
    // The halves of the block sums take turns, whatever the submissions.
    const expected = [
      [0, 2, 0],
      [2, 1, 1],
      [3, 2, 0],
      [5, 2, 1],
      [7, 2, 0],
      [9, 2, 1],
      [11, 1, 0],
      [12, 1, 1],
    ];
    for (const steps of [undefined, 1, 2, 3, 5, 7]) expect(passes([0, 3, 11, 12, 12, 13], steps)).toEqual(expected);
  }
});
