// Threefry4x32-20 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11).
// Twin of src/random; key and counter as in docs/paths.md, "Random words". Adds, xors and rotations only.

fn rotate_left(x: u32, n: u32) -> u32 {
  return (x << n) | (x >> (32u - n));
}

// Two rounds: the pairs (0,1)(2,3) rotated by a and b, then (0,3)(2,1) rotated by c and e.
fn threefry_two_rounds(y: vec4u, a: u32, b: u32, c: u32, e: u32) -> vec4u {
  var x = y;
  x.x += x.y;
  x.y = rotate_left(x.y, a) ^ x.x;
  x.z += x.w;
  x.w = rotate_left(x.w, b) ^ x.z;
  x.x += x.w;
  x.w = rotate_left(x.w, c) ^ x.x;
  x.z += x.y;
  x.y = rotate_left(x.y, e) ^ x.z;
  return x;
}

fn threefry4x32(key: vec4u, counter: vec4u) -> vec4u {
  let parity = 0x1BD11BDAu ^ key.x ^ key.y ^ key.z ^ key.w;
  var x = counter + key;
  x = threefry_two_rounds(x, 10u, 26u, 11u, 21u);
  x = threefry_two_rounds(x, 13u, 27u, 23u, 5u);
  x += vec4u(key.y, key.z, key.w, parity + 1u);
  x = threefry_two_rounds(x, 6u, 20u, 17u, 11u);
  x = threefry_two_rounds(x, 25u, 10u, 18u, 20u);
  x += vec4u(key.z, key.w, parity, key.x + 2u);
  x = threefry_two_rounds(x, 10u, 26u, 11u, 21u);
  x = threefry_two_rounds(x, 13u, 27u, 23u, 5u);
  x += vec4u(key.w, parity, key.x, key.y + 3u);
  x = threefry_two_rounds(x, 6u, 20u, 17u, 11u);
  x = threefry_two_rounds(x, 25u, 10u, 18u, 20u);
  x += vec4u(parity, key.x, key.y, key.z + 4u);
  x = threefry_two_rounds(x, 10u, 26u, 11u, 21u);
  x = threefry_two_rounds(x, 13u, 27u, 23u, 5u);
  x += vec4u(key.x, key.y, key.z, key.w + 5u);
  return x;
}
