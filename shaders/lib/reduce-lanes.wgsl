// The part of the sum inside a thread: see lib/reduce-shared.wgsl. Item n of the thread is added to lanes[n % LANES].

fn reduce_lanes(in: Invocation, lanes: ptr<function, array<Sum, LANES>>) -> Sum {
  for (var stride = LANES / 2u; stride > 0u; stride /= 2u) {
    for (var k = 0u; k < stride; k++) {
      (*lanes)[k] += (*lanes)[k + stride];
    }
  }
  return reduce_threads(in, (*lanes)[0]);
}
