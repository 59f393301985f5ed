// What every simulation kernel is given; src/gpu/params.ts reflects these structs, so nothing is counted by hand.

struct Params {
  dimension: u32,
  quads: u32,           // ceil(d / 4); the last quad is padded with coordinates that never move
  replicas: u32,        // replicas of this batch
  first_replica: u32,   // number of the batch's first replica
  seed_low: u32,
  seed_high: u32,
  block_quads: u32,     // quads in every block but the last
  blocks: u32,
  block_stride: u32,    // blocks rounded up to a multiple of 4
  batch: u32,           // m
  sigma: f32,
  inverse_root_d: f32,  // 1 / sqrt(d)
  inverse_d: f32,
  inverse_batch: f32,   // 1 / m
  limit: f32,           // of |r| (SGD) or of 2R (SDE); beyond it a replica has failed
  slices: u32,          // statistics: parts into which the coordinates are cut
  slice_quads: u32,
  slice_samples: u32,   // SGD with many workgroups a replica: samples of a mini-batch that are handled in one dispatch
}

// One dispatch; bound with a dynamic offset. It may be a part of a larger grid of workgroups, cut so that none takes long.
struct Dispatch {
  group_x: u32,         // the grid's workgroup that is (0, 0) here
  group_y: u32,
  first: u32,           // index into schedule.entries of the first step; for statistics the row of the result
  count: u32,           // steps
  flags: u32,
  sample: u32,          // SGD: the first sample of this slice of the batch, where it is cut
}

const FLAG_PARITY = 1u;     // which half of the block sums is read
const FLAG_FROM_REST = 2u;  // the state is the one at the start of the first step, and its block sums are not known yet
const FLAG_TO_REST = 4u;    // stop at the end of the last step (SDE: finish its second half flow)
const FLAG_SUMS_ONLY = 8u;  // streamed: only write the block sums
const FLAG_COUNTED = 16u;   // streamed: one of many equal dispatches; the counter says which step it is

// Coefficients of consecutive steps, uploaded chunk by chunk.
// SGD: x = (gain gamma) / sqrt(d).  SDE: x = gain gamma, y = length of the step, z = g^2 R length / m if mean-field.
struct Schedule {
  step_low: u32,        // number of the step of entries[0], 64 bits
  step_high: u32,
  entries: array<vec4f>,
}

// Per replica: 0 while it goes on, 1 once it has failed, and the step in which it did. Written once.
struct Status {
  failed: atomic<u32>,
  step_low: u32,
  step_high: u32,
  value: f32,           // what exceeded the limit
}

// Steps done by the counted dispatches of a submission. It lets thousands of steps share one entry of the table of dispatches, so that
// the CPU only repeats a command. The last workgroup of a step to end moves it on.
struct Counter {
  steps: atomic<u32>,
  ended: atomic<u32>,   // workgroups of the step that have ended
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> dispatch: Dispatch;
@group(0) @binding(2) var<storage, read> schedule: Schedule;
@group(0) @binding(3) var<storage, read_write> status: array<Status>;
@group(0) @binding(8) var<storage, read_write> counter: Counter;

// The workgroup's place in the whole grid.
fn place_of(group: vec3u) -> vec2u {
  return vec2u(dispatch.group_x, dispatch.group_y) + group.xy;
}

fn step_of(entry: u32) -> vec2u {
  let low = schedule.step_low + entry;
  return vec2u(low, schedule.step_high + select(0u, 1u, low < entry));
}

// True for NaN, infinity and |x| > limit; on the bits, because compilers may assume that there is no NaN.
fn exceeds(x: f32, limit: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > bitcast<u32>(limit);
}

// Counted steps before this dispatch.
fn steps_counted() -> u32 {
  if ((dispatch.flags & FLAG_COUNTED) == 0u) {
    return 0u;
  }
  return atomicLoad(&counter.steps);
}

// To be called by one thread of every workgroup, once the whole workgroup has asked for steps_counted.
fn count_step() {
  if ((dispatch.flags & FLAG_COUNTED) == 0u) {
    return;
  }
  if (atomicAdd(&counter.ended, 1u) + 1u == params.blocks * params.replicas) {
    atomicStore(&counter.ended, 0u);
    atomicAdd(&counter.steps, 1u);
  }
}

fn report_failure(replica: u32, entry: u32, value: f32) {
  let step = step_of(entry);
  status[replica].step_low = step.x;
  status[replica].step_high = step.y;
  status[replica].value = value;
  atomicStore(&status[replica].failed, 1u);
}
