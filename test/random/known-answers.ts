/**
 * Known answers of the generator, the normals and the feature laws, shared by the tests of every backend: integers are compared
 * exactly, reals within a bound that the backend states. The first three Threefry vectors are those of Random123's kat_vectors;
 * the rest was computed by a separate implementation in Python (integers) and mpmath at 50 digits (reals), rounded to f64.
 */

/** Threefry4x32-20: words of a counter under a key. */
export const threefryAnswers: { counter: number[]; key: number[]; words: number[] }[] = [
  {
    counter: [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    key: [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    words: [0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    words: [0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    words: [0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84],
  },
  {
    counter: [0x00000001, 0x00000000, 0x00000000, 0x00000000],
    key: [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    words: [0x606694a5, 0x55a9572a, 0x282e9454, 0x41bd81cc],
  },
  {
    counter: [0x00000000, 0x00000000, 0x00000000, 0x00000000],
    key: [0x00000001, 0x00000000, 0x00000000, 0x00000000],
    words: [0xb8ed4609, 0x11293615, 0x20738f4f, 0xf7a0783a],
  },
  {
    counter: [0xffffffff, 0x00000000, 0x00000000, 0x00000000],
    key: [0x00000001, 0x00000000, 0x00000007, 0x00000002],
    words: [0x920f9eec, 0xba8a76a6, 0x5207d5f1, 0x2601b294],
  },
];

/** The word at an address (src/random/address.ts). */
export const addressAnswers: {
  seed: number;
  replica: number;
  stream: 0 | 1 | 2 | 3 | 4;
  step: number;
  sub: number;
  index: number;
  word: number;
}[] = [
  { seed: 1, replica: 0, stream: 0, step: 0, sub: 0, index: 0, word: 0xb8ed4609 },
  { seed: 1, replica: 0, stream: 0, step: 0, sub: 0, index: 1, word: 0x11293615 },
  { seed: 1, replica: 0, stream: 0, step: 0, sub: 0, index: 3, word: 0xf7a0783a },
  { seed: 1, replica: 0, stream: 0, step: 0, sub: 0, index: 4, word: 0x7abf626d },
  { seed: 1, replica: 0, stream: 0, step: 1, sub: 0, index: 0, word: 0x9ca4c2d0 },
  { seed: 1, replica: 1, stream: 0, step: 0, sub: 0, index: 0, word: 0x25c3ee7b },
  { seed: 1, replica: 0, stream: 1, step: 0, sub: 0, index: 0, word: 0x2b4a08bf },
  { seed: 1, replica: 0, stream: 2, step: 5, sub: 3, index: 17, word: 0xaed579f5 },
  { seed: 9007199254740991, replica: 4294967295, stream: 3, step: 123456, sub: 0, index: 999999, word: 0xa3089985 },
  { seed: 4294967296, replica: 2, stream: 0, step: 4294967301, sub: 1, index: 10, word: 0x2795e021 },
  { seed: 320255973460668, replica: 65, stream: 4, step: 987654321, sub: 7, index: 4095, word: 0x983935ec },
  { seed: 42, replica: 3, stream: 0, step: 8589934592, sub: 0, index: 9999999, word: 0x3a7dd8ef },
];

/** Four words and their four normals: the ends of the range, the quadrant borders, the middle, and words of no structure. */
export const normalAnswers: { words: number[]; normals: number[] }[] = [
  {
    words: [0x00000000, 0x00000000, 0xffffffff, 0xffffffff],
    normals: [6.763705635001895, 4.947373628142719e-9, 1.525878906294409e-5, -1.1161179193952456e-14],
  },
  {
    words: [0xffffffff, 0x00000000, 0x00000000, 0xffffffff],
    normals: [1.525878906294409e-5, 1.1161179193952456e-14, 6.763705635001895, -4.947373628142719e-9],
  },
  {
    words: [0x7fffffff, 0x7fffffff, 0x80000000, 0x80000000],
    normals: [-1.177410022713223, 8.612272044687654e-10, -1.1774100223177266, -8.612272041794761e-10],
  },
  {
    words: [0x00000000, 0x7fffffff, 0x00000000, 0x80000000],
    normals: [-6.763705635001895, 4.947373628142719e-9, -6.763705635001895, -4.947373628142719e-9],
  },
  {
    words: [0x00000000, 0x3fffffff, 0x00000000, 0x40000000],
    normals: [4.947373628142719e-9, 6.763705635001895, -4.947373628142719e-9, 6.763705635001895],
  },
  {
    words: [0x00000000, 0xbfffffff, 0x00000000, 0xc0000000],
    normals: [-4.947373628142719e-9, -6.763705635001895, 4.947373628142719e-9, -6.763705635001895],
  },
  {
    words: [0x00000001, 0x00000001, 0x00000002, 0x00000002],
    normals: [6.599279456093686, 1.4481307839683702e-8, 6.521413810830301, 2.385073541561548e-8],
  },
  {
    words: [0xfffffffe, 0xfffffffe, 0x7ffffffe, 0x80000001],
    normals: [2.6428997920533834e-5, -5.799518831229467e-14, -1.177410023108719, -2.583681614274164e-9],
  },
  {
    words: [0xb504f333, 0x1fffffff, 0xb504f334, 0x20000000],
    normals: [0.588705011821482, 0.5887050109602548, 0.5887050106805968, 0.588705011541824],
  },
  {
    words: [0x5a827999, 0x3fffffff, 0x5a82799a, 0x40000000],
    normals: [1.054783601761904e-9, 1.442026886823754, -1.0547836014278615e-9, 1.4420268863670742],
  },
  {
    words: [0x00010000, 0x5fffffff, 0x0000ffff, 0x60000000],
    normals: [-3.330217296719454, 3.330217301591289, -3.330219592550475, 3.3302195876786365],
  },
  {
    words: [0xfffffff0, 0x9fffffff, 0xffff0000, 0xa0000000],
    normals: [-6.007391271114657e-5, -6.007391262326336e-5, -0.003906249997066946, -0.0039062500027814695],
  },
  {
    words: [0xb504f333, 0xbfffffff, 0xb504f334, 0xc0000000],
    normals: [-6.089795964576342e-10, -0.8325546113459736, 6.089795961683449e-10, -0.8325546109504773],
  },
  {
    words: [0x5a827999, 0xdfffffff, 0x5a82799a, 0xe0000000],
    normals: [1.019666989580558, -1.0196669910722473, 1.0196669907493259, -1.0196669892576367],
  },
  {
    words: [0xfffffff0, 0x12345678, 0xffff0000, 0x9abcdef0],
    normals: [7.661729441310354e-5, 3.670885673934494e-5, -0.004376823359144727, -0.0033706075723318506],
  },
  {
    words: [0xb8ed4609, 0x11293615, 0x20738f4f, 0xf7a0783a],
    normals: [0.7360085452400419, 0.3297356942683783, 1.9896853581030522, -0.41475240203110064],
  },
  {
    words: [0x7abf626d, 0x1ab006a8, 0xdf122d54, 0xf32aad64],
    normals: [0.9615413512974033, 0.7386018959351791, 0.4989451820858344, -0.16256796690614073],
  },
  {
    words: [0x365b2738, 0x74c6def7, 0xfcae573c, 0x00e4a7df],
    normals: [-1.6940983230835094, 0.4788248965934083, 0.1615133236917799, 0.0035412778704293187],
  },
  {
    words: [0x75f35b24, 0xb1e998c9, 0x7c2d0e46, 0xb8807b9f],
    normals: [-0.42191718542770457, -1.1712424306902136, -0.22012291609728774, -1.1825823343174828],
  },
  {
    words: [0x3aee2fee, 0xe129c94c, 0x1d1c8172, 0x5437d26e],
    normals: [1.2460512907436994, -1.1768586389189686, -0.992788857363448, 1.833703600457883],
  },
  {
    words: [0xe2279efb, 0x2e08045b, 0x099e07b5, 0x89337392],
    normals: [0.21253851072128532, 0.4502700277662265, -2.496832048455941, -0.5736343992279749],
  },
];

/** Whitened features of the other laws from a word (and, for Student t, an auxiliary word). */
export const featureAnswers: {
  word: number;
  auxiliary: number;
  degrees: number;
  rademacher: number;
  uniform: number;
  student: number;
}[] = [
  {
    word: 0x00000000,
    auxiliary: 0x00000000,
    degrees: 5,
    rademacher: 1,
    uniform: -1.732050807165603,
    student: 168.01015080169154,
  },
  {
    word: 0xffffffff,
    auxiliary: 0xffffffff,
    degrees: 5,
    rademacher: -1,
    uniform: 1.732050807165603,
    student: 1.1819407184952463e-5,
  },
  {
    word: 0x7fffffff,
    auxiliary: 0x80000000,
    degrees: 2.5,
    rademacher: 1,
    uniform: -4.0327450436746636e-10,
    student: -0.6087286451763847,
  },
  {
    word: 0x80000000,
    auxiliary: 0x3fffffff,
    degrees: 30,
    rademacher: -1,
    uniform: 4.0327450436746636e-10,
    student: 8.417296286340855e-10,
  },
  {
    word: 0x243f6a88,
    auxiliary: 0x85a308d3,
    degrees: 3,
    rademacher: 1,
    uniform: -1.2415594675945933,
    student: -1.6217488653564283,
  },
  {
    word: 0xa4093822,
    auxiliary: 0x299f31d0,
    degrees: 5,
    rademacher: -1,
    uniform: 0.4876266021038048,
    student: 0.39915059407413944,
  },
  {
    word: 0xfffffff0,
    auxiliary: 0xec4e6c89,
    degrees: 4,
    rademacher: -1,
    uniform: 1.7320507950673676,
    student: 5.3191883840872824e-5,
  },
];
