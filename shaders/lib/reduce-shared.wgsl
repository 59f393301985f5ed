// Sum over the threads of a workgroup, returned to all of them, bit for bit the same and in an order that does not depend on
// WORKGROUP: thread t adds up its items t, t + WORKGROUP, ... in LANES interleaved parts, and the parts are halved as a tree
// (part i + part i + n/2), first inside the thread, then across threads. Variant without subgroups.
// One barrier up to 64 threads, two beyond. Two buffers take turns, so no barrier is needed between calls.

struct Invocation {
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
}

const REDUCE_WIDTH = min(WORKGROUP, 64u);

var<workgroup> reduce_values: array<Sum, 2u * WORKGROUP>;
var<workgroup> reduce_folded: array<Sum, 128u>;
var<private> reduce_parity: u32;

fn reduce_threads(in: Invocation, value: Sum) -> Sum {
  let base = reduce_parity * WORKGROUP;
  reduce_values[base + in.thread] = value;
  workgroupBarrier();
  if (WORKGROUP > 64u) {
    if (in.thread < 64u) {
      var part: array<Sum, WORKGROUP / REDUCE_WIDTH>;
      for (var k = 0u; k < WORKGROUP / REDUCE_WIDTH; k++) {
        part[k] = reduce_values[base + in.thread + 64u * k];
      }
      for (var stride = WORKGROUP / REDUCE_WIDTH / 2u; stride > 0u; stride /= 2u) {
        for (var k = 0u; k < stride; k++) {
          part[k] += part[k + stride];
        }
      }
      reduce_folded[reduce_parity * 64u + in.thread] = part[0];
    }
    workgroupBarrier();
  }
  var row: array<Sum, 8>;
  for (var i = 0u; i < 8u; i++) {
    var column: array<Sum, REDUCE_WIDTH / 8u>;
    for (var k = 0u; k < REDUCE_WIDTH / 8u; k++) {
      if (WORKGROUP > 64u) {
        column[k] = reduce_folded[reduce_parity * 64u + i + 8u * k];
      } else {
        column[k] = reduce_values[base + i + 8u * k];
      }
    }
    for (var stride = REDUCE_WIDTH / 16u; stride > 0u; stride /= 2u) {
      for (var k = 0u; k < stride; k++) {
        column[k] += column[k + stride];
      }
    }
    row[i] = column[0];
  }
  reduce_parity = 1u - reduce_parity;
  return ((row[0] + row[4]) + (row[2] + row[6])) + ((row[1] + row[5]) + (row[3] + row[7]));
}
