// Sum over the threads of a workgroup, returned to all of them: same order as lib/reduce-shared.wgsl, with the last
// log2(SUBGROUP) levels of the tree by shuffles; one barrier. SUBGROUP is the adapter's smallest subgroup size: a larger subgroup
// does the same in each of its parts, since a shuffle by less than SUBGROUP stays within one.
// The lane is the built-in one: WGSL does not promise how invocations are dealt to subgroups.

struct Invocation {
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
}

const REDUCE_ROWS = WORKGROUP / SUBGROUP;

var<workgroup> reduce_values: array<Sum, 2u * WORKGROUP>;
var<private> reduce_parity: u32;

fn reduce_threads(in: Invocation, value: Sum) -> Sum {
  let base = reduce_parity * WORKGROUP;
  let lane = in.lane % SUBGROUP;
  reduce_values[base + in.thread] = value;
  workgroupBarrier();
  var part: array<Sum, REDUCE_ROWS>;
  for (var k = 0u; k < REDUCE_ROWS; k++) {
    part[k] = reduce_values[base + lane + SUBGROUP * k];
  }
  for (var stride = REDUCE_ROWS / 2u; stride > 0u; stride /= 2u) {
    for (var k = 0u; k < stride; k++) {
      part[k] += part[k + stride];
    }
  }
  var sum = part[0];
  for (var mask = SUBGROUP / 2u; mask > 0u; mask /= 2u) {
    sum += subgroupShuffleXor(sum, mask);
  }
  reduce_parity = 1u - reduce_parity;
  return sum;
}
