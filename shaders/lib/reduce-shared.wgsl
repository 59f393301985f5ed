// Sum over the threads of a workgroup, returned to all of them, bit for bit the same and in an order that does not depend on
// WORKGROUP: thread t adds up its items t, t + WORKGROUP, ... in LANES interleaved parts, and the parts are halved as a tree
// (part i + part i + n/2), first inside the thread, then across threads. Variant without subgroups.
// Two barriers: 16 threads add up a column each, then every thread adds up the 16 columns. (One barrier, after which every
// thread reads all values, takes twice as long on lavapipe, where a load is dear.) Two buffers take turns, so no barrier is
// needed between calls.

struct Invocation {
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
}

const REDUCE_COLUMNS = min(WORKGROUP, 16u);
const REDUCE_ROWS = WORKGROUP / REDUCE_COLUMNS;

var<workgroup> reduce_values: array<Sum, 2u * WORKGROUP>;
var<workgroup> reduce_columns: array<Sum, 2u * REDUCE_COLUMNS>;
var<private> reduce_parity: u32;

fn reduce_threads(in: Invocation, value: Sum) -> Sum {
  let base = reduce_parity * WORKGROUP;
  let columns = reduce_parity * REDUCE_COLUMNS;
  reduce_values[base + in.thread] = value;
  workgroupBarrier();
  if (in.thread < REDUCE_COLUMNS) {
    var part: array<Sum, REDUCE_ROWS>;
    for (var k = 0u; k < REDUCE_ROWS; k++) {
      part[k] = reduce_values[base + in.thread + REDUCE_COLUMNS * k];
    }
    for (var stride = REDUCE_ROWS / 2u; stride > 0u; stride /= 2u) {
      for (var k = 0u; k < stride; k++) {
        part[k] += part[k + stride];
      }
    }
    reduce_columns[columns + in.thread] = part[0];
  }
  workgroupBarrier();
  var total: array<Sum, REDUCE_COLUMNS>;
  for (var i = 0u; i < REDUCE_COLUMNS; i++) {
    total[i] = reduce_columns[columns + i];
  }
  for (var stride = REDUCE_COLUMNS / 2u; stride > 0u; stride /= 2u) {
    for (var i = 0u; i < stride; i++) {
      total[i] += total[i + stride];
    }
  }
  reduce_parity = 1u - reduce_parity;
  return total[0];
}
