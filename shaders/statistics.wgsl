// Sums over coordinates of all moments of one save time, slice by slice (docs/theory.md, "Statistics"). The moments' WGSL comes
// from src/statistics: one line `values[k] = ...;` each in place of the marker. The last additions, over slices, are made in f64 by the CPU.
// Dispatch: x = slices, y = replicas. dispatch.first: row of the results.

@group(0) @binding(7) var<storage, read_write> results: array<f32>;  // [row][replica][slice][moment]

const THREADS = 64u;
// Quads whose terms a thread adds up before it adds their sum to the others'.
const PART = 16u;
var<workgroup> partial: array<f32, THREADS * MOMENTS>;

// Moments that have no value at some coordinate this thread has seen: bit k for moment k.
var<private> without_value = 0u;
// The same for the workgroup.
var<workgroup> without_values: atomic<u32>;

// The value of moment k at one coordinate, noted if it is none: a function outside its domain, or beyond the range of f32.
fn note(k: u32, value: f32) -> f32 {
  if (elementary_undefined || (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u) {
    without_value |= 1u << k;
  }
  elementary_undefined = false;
  return value;
}

// Whether log|p q| of the coordinate is known: p and q may be 0 or have fallen below the range of f32.
var<private> has_invariant = true;

// As note, for what is computed from log|p q|.
fn note_invariant(k: u32, value: f32) -> f32 {
  elementary_domain(has_invariant);
  return note(k, value);
}

fn moments(u: f32, v: f32, beta: f32, b: f32, lambda: f32, e: f32, kappa: f32, bend: f32, s: f32) -> array<f32, MOMENTS> {
  var values: array<f32, MOMENTS>;
  //! moments
  return values;
}

@compute @workgroup_size(THREADS)
fn statistics(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let place = place_of(group);
  let first = place.x * params.slice_quads;
  let end = min(first + params.slice_quads, params.quads);
  // In parts: in one sum of thousands of terms the rounding errors of f32 would add up.
  var total: array<f32, MOMENTS>;
  var part: array<f32, MOMENTS>;
  var count = 0u;
  for (var quad = first + thread; quad < end; quad += THREADS) {
    let x = load_quad(place.y * params.quads + quad);
    let root = root_lambda(quad);
    let b4 = target_b(quad);
    for (var i = 0u; i < 4u; i++) {
      if (4u * quad + i < params.dimension) {
        // A coordinate that is balanced from the start makes the mean minus infinity, as the CPU knows: here it has no value either.
        let c = coordinate(x, i, b4[i]);
        has_invariant = c.has_s;
        elementary_undefined = false;
        let values = moments(c.u, c.v, c.beta, b4[i], root[i] * root[i], c.e, c.kappa, c.bend, c.s);
        for (var k = 0u; k < MOMENTS; k++) {
          part[k] += values[k];
        }
      }
    }
    count++;
    if (count == PART) {
      for (var k = 0u; k < MOMENTS; k++) {
        total[k] += part[k];
        part[k] = 0.0;
      }
      count = 0u;
    }
  }
  for (var k = 0u; k < MOMENTS; k++) {
    partial[THREADS * k + thread] = total[k] + part[k];
  }
  atomicOr(&without_values, without_value);
  workgroupBarrier();
  for (var k = thread; k < MOMENTS; k += THREADS) {
    var sum = 0.0;
    for (var i = 0u; i < THREADS; i++) {
      sum += partial[THREADS * k + i];
    }
    // A NaN made of bits, because WGSL has none.
    let lacking = ((atomicLoad(&without_values) >> k) & 1u) == 1u;
    results[((dispatch.first * params.replicas + place.y) * params.slices + place.x) * MOMENTS + k] =
      bitcast<f32>(select(bitcast<u32>(sum), 0x7fc00000u, lacking));
  }
}
