// The part of the sum inside a thread: see lib/reduce-shared.wgsl. Item n of the thread is added to lanes[n % LANES].
// Written out level by level, here and in the other reductions: compilers (RADV's, seen in its ISA) unroll a loop of a fixed
// length, but not one whose length is halved each time round, and then index registers one by one.

fn reduce_lanes(in: Invocation, lanes: ptr<function, array<Sum, LANES>>) -> Sum {
  if (LANES > 64u) {
    for (var k = 0u; k < 64u; k++) {
      (*lanes)[k] += (*lanes)[k + 64u];
    }
  }
  if (LANES > 32u) {
    for (var k = 0u; k < 32u; k++) {
      (*lanes)[k] += (*lanes)[k + 32u];
    }
  }
  if (LANES > 16u) {
    for (var k = 0u; k < 16u; k++) {
      (*lanes)[k] += (*lanes)[k + 16u];
    }
  }
  if (LANES > 8u) {
    for (var k = 0u; k < 8u; k++) {
      (*lanes)[k] += (*lanes)[k + 8u];
    }
  }
  if (LANES > 4u) {
    for (var k = 0u; k < 4u; k++) {
      (*lanes)[k] += (*lanes)[k + 4u];
    }
  }
  if (LANES > 2u) {
    for (var k = 0u; k < 2u; k++) {
      (*lanes)[k] += (*lanes)[k + 2u];
    }
  }
  if (LANES > 1u) {
    for (var k = 0u; k < 1u; k++) {
      (*lanes)[k] += (*lanes)[k + 1u];
    }
  }
  return reduce_threads(in, (*lanes)[0]);
}
