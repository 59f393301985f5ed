/**
 * Threefry4x32-20 on four counters at once, one a lane (docs/paths.md, "Random words"; twin of src/random/threefry.ts).
 *
 * A group is four counters q, q + 1, q + 2, q + 3 (q = ⌊index/4⌋), thus 16 consecutive indices: 64 bytes, word j of all four
 * counters in the j-th vector. The transforms of ./feature.ts read this layout and put indices in order.
 */

/** Bytes of one group of 16 words. */
export const GROUP: usize = 64;

const PARITY: i32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline
function rotate(x: v128, n: i32): v128 {
  return v128.or(i32x4.shl(x, n), i32x4.shr_u(x, 32 - n));
}

/**
 * Writes `groups` groups to `dst` (16-byte aligned), starting with counter word 0 = quad. Counter words 1–3 and the key are
 * the same in every lane, so their half of the first round is done once. Cost: about 230 vector operations a group.
 */
export function fillWords(
  dst: usize,
  groups: i32,
  quad: i32,
  c1: i32,
  c2: i32,
  c3: i32,
  key0: i32,
  key1: i32,
  key2: i32,
  key3: i32,
): void {
  const key4 = key0 ^ key1 ^ key2 ^ key3 ^ PARITY;
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(key2);
  const k3 = i32x4.splat(key3);
  const k4 = i32x4.splat(key4);
  const k4a = i32x4.splat(key4 + 1);
  const k0b = i32x4.splat(key0 + 2);
  const k1c = i32x4.splat(key1 + 3);
  const k2d = i32x4.splat(key2 + 4);
  const k3e = i32x4.splat(key3 + 5);

  // Round 1 for the words that no lane changes, and what round 2 takes from them.
  const w1 = c1 + key1;
  const w2 = c2 + key2;
  const w3 = c3 + key3;
  const v2 = w2 + w3;
  const v3 = rotl<i32>(w3, 26) ^ v2;
  const start1 = i32x4.splat(w1);
  const turned1 = i32x4.splat(rotl<i32>(w1, 10));
  const start2 = i32x4.splat(v2);
  const start3 = i32x4.splat(v3);
  const turned3 = i32x4.splat(rotl<i32>(v3, 11));

  let first = i32x4.add(i32x4.splat(quad + key0), i32x4(0, 1, 2, 3));
  let second = i32x4.add(first, i32x4.splat(4));
  const eight = i32x4.splat(8);
  const end = dst + GROUP * <usize>groups;
  // Two groups at once, x and y: one alone waits for its own results a third of the time.
  while (dst < end) {
    let x0 = i32x4.add(first, start1); let x1 = v128.xor(turned1, x0);
    let y0 = i32x4.add(second, start1); let y1 = v128.xor(turned1, y0);
    x0 = i32x4.add(x0, start3); let x3 = v128.xor(turned3, x0);
    y0 = i32x4.add(y0, start3); let y3 = v128.xor(turned3, y0);
    let x2 = i32x4.add(start2, x1); x1 = v128.xor(rotate(x1, 21), x2);
    let y2 = i32x4.add(start2, y1); y1 = v128.xor(rotate(y1, 21), y2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 13), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 27), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 23), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 5), y2);
    x0 = i32x4.add(x0, k1); x1 = i32x4.add(x1, k2);
    y0 = i32x4.add(y0, k1); y1 = i32x4.add(y1, k2);
    x2 = i32x4.add(x2, k3); x3 = i32x4.add(x3, k4a);
    y2 = i32x4.add(y2, k3); y3 = i32x4.add(y3, k4a);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 6), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 20), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 17), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 11), y2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 25), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 10), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 18), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 20), y2);
    x0 = i32x4.add(x0, k2); x1 = i32x4.add(x1, k3);
    y0 = i32x4.add(y0, k2); y1 = i32x4.add(y1, k3);
    x2 = i32x4.add(x2, k4); x3 = i32x4.add(x3, k0b);
    y2 = i32x4.add(y2, k4); y3 = i32x4.add(y3, k0b);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 10), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 26), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 11), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 21), y2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 13), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 27), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 23), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 5), y2);
    x0 = i32x4.add(x0, k3); x1 = i32x4.add(x1, k4);
    y0 = i32x4.add(y0, k3); y1 = i32x4.add(y1, k4);
    x2 = i32x4.add(x2, k0); x3 = i32x4.add(x3, k1c);
    y2 = i32x4.add(y2, k0); y3 = i32x4.add(y3, k1c);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 6), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 20), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 17), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 11), y2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 25), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 10), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 18), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 20), y2);
    x0 = i32x4.add(x0, k4); x1 = i32x4.add(x1, k0);
    y0 = i32x4.add(y0, k4); y1 = i32x4.add(y1, k0);
    x2 = i32x4.add(x2, k1); x3 = i32x4.add(x3, k2d);
    y2 = i32x4.add(y2, k1); y3 = i32x4.add(y3, k2d);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 10), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 26), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 11), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 21), y2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0);
    y0 = i32x4.add(y0, y1); y1 = v128.xor(rotate(y1, 13), y0);
    x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
    y2 = i32x4.add(y2, y3); y3 = v128.xor(rotate(y3, 27), y2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0);
    y0 = i32x4.add(y0, y3); y3 = v128.xor(rotate(y3, 23), y0);
    x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
    y2 = i32x4.add(y2, y1); y1 = v128.xor(rotate(y1, 5), y2);
    v128.store(dst, i32x4.add(x0, k0));
    v128.store(dst, i32x4.add(x1, k1), 16);
    v128.store(dst, i32x4.add(x2, k2), 32);
    v128.store(dst, i32x4.add(x3, k3e), 48);
    dst += GROUP;
    if (dst >= end) return;
    v128.store(dst, i32x4.add(y0, k0));
    v128.store(dst, i32x4.add(y1, k1), 16);
    v128.store(dst, i32x4.add(y2, k2), 32);
    v128.store(dst, i32x4.add(y3, k3e), 48);
    dst += GROUP;
    first = i32x4.add(first, eight);
    second = i32x4.add(second, eight);
  }
}
