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
    if (REDUCE_ROWS > 32u) {
      for (var k = 0u; k < 32u; k++) {
        part[k] += part[k + 32u];
      }
    }
    if (REDUCE_ROWS > 16u) {
      for (var k = 0u; k < 16u; k++) {
        part[k] += part[k + 16u];
      }
    }
    if (REDUCE_ROWS > 8u) {
      for (var k = 0u; k < 8u; k++) {
        part[k] += part[k + 8u];
      }
    }
    if (REDUCE_ROWS > 4u) {
      for (var k = 0u; k < 4u; k++) {
        part[k] += part[k + 4u];
      }
    }
    if (REDUCE_ROWS > 2u) {
      for (var k = 0u; k < 2u; k++) {
        part[k] += part[k + 2u];
      }
    }
    if (REDUCE_ROWS > 1u) {
      for (var k = 0u; k < 1u; k++) {
        part[k] += part[k + 1u];
      }
    }
    reduce_columns[columns + in.thread] = part[0];
  }
  workgroupBarrier();
  var total: array<Sum, REDUCE_COLUMNS>;
  for (var i = 0u; i < REDUCE_COLUMNS; i++) {
    total[i] = reduce_columns[columns + i];
  }
  if (REDUCE_COLUMNS > 8u) {
    for (var k = 0u; k < 8u; k++) {
      total[k] += total[k + 8u];
    }
  }
  if (REDUCE_COLUMNS > 4u) {
    for (var k = 0u; k < 4u; k++) {
      total[k] += total[k + 4u];
    }
  }
  if (REDUCE_COLUMNS > 2u) {
    for (var k = 0u; k < 2u; k++) {
      total[k] += total[k + 2u];
    }
  }
  if (REDUCE_COLUMNS > 1u) {
    for (var k = 0u; k < 1u; k++) {
      total[k] += total[k + 1u];
    }
  }
  reduce_parity = 1u - reduce_parity;
  return total[0];
}
