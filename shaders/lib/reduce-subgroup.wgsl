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
  if (REDUCE_ROWS > 128u) {
    for (var k = 0u; k < 128u; k++) {
      part[k] += part[k + 128u];
    }
  }
  if (REDUCE_ROWS > 64u) {
    for (var k = 0u; k < 64u; k++) {
      part[k] += part[k + 64u];
    }
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
  var sum = part[0];
  if (SUBGROUP > 64u) {
    sum += subgroupShuffleXor(sum, 64u);
  }
  if (SUBGROUP > 32u) {
    sum += subgroupShuffleXor(sum, 32u);
  }
  if (SUBGROUP > 16u) {
    sum += subgroupShuffleXor(sum, 16u);
  }
  if (SUBGROUP > 8u) {
    sum += subgroupShuffleXor(sum, 8u);
  }
  if (SUBGROUP > 4u) {
    sum += subgroupShuffleXor(sum, 4u);
  }
  if (SUBGROUP > 2u) {
    sum += subgroupShuffleXor(sum, 2u);
  }
  if (SUBGROUP > 1u) {
    sum += subgroupShuffleXor(sum, 1u);
  }
  reduce_parity = 1u - reduce_parity;
  return sum;
}
