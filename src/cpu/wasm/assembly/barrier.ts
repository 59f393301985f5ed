/** A barrier between the members of a team that shares one memory; nothing at all in the build for a memory of one's own. */

/**
 * The host's Atomics.wait on the i32 at `place` while it holds `value`. Not the instruction memory.atomic.wait32: after it, V8 11's
 * baseline compiler (Node 20) loses 64-bit locals. To be replaced when Node 20 is no longer supported.
 */
// @ts-ignore: decorator
@external("env", "sleep")
declare function sleep(place: usize, value: i32): void;

/** Looks at the other members' arrivals before falling asleep: some ten microseconds. */
const SPINS: i32 = 20000;

/**
 * Returns when all `members` have called it. `place`: two i32, first zero: arrivals of this round, rounds so far. What any member
 * wrote before is visible to all after.
 */
export function meet(place: usize, members: i32): void {
  if (!ASC_FEATURE_THREADS || members == 1) return;
  const round = atomic.load<i32>(place, 4);
  if (atomic.add<i32>(place, 1) == members - 1) {
    atomic.store<i32>(place, 0);
    atomic.store<i32>(place, round + 1, 4);
    atomic.notify(place + 4, members);
    return;
  }
  for (let i = 0; i < SPINS; i++) {
    if (atomic.load<i32>(place, 4) != round) return;
  }
  while (atomic.load<i32>(place, 4) == round) sleep(place + 4, round);
}
