// Self-test: generator, normals, features and probes of the arithmetic, on given inputs, one thread an item.
// The answers are compared on the CPU with published vectors and with src/random (f64).

@group(1) @binding(0) var<storage, read> inputs: array<vec4u>;
@group(1) @binding(1) var<storage, read_write> outputs: array<vec4u>;

// inputs: key, counter, key, counter, ...
@compute @workgroup_size(64)
fn threefry_words(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    outputs[id.x] = threefry4x32(inputs[2u * id.x], inputs[2u * id.x + 1u]);
  }
}

@compute @workgroup_size(64)
fn normals(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    outputs[id.x] = bitcast<vec4u>(normals_from_words(inputs[id.x]));
  }
}

// inputs: words, auxiliary words, ...
@compute @workgroup_size(64)
fn student(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    outputs[id.x] = bitcast<vec4u>(student_from_words(inputs[2u * id.x], inputs[2u * id.x + 1u]));
  }
}

// inputs: bits of four f32.
@compute @workgroup_size(64)
fn expm1_probe(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    outputs[id.x] = bitcast<vec4u>(expm1_4(bitcast<vec4f>(inputs[id.x])));
  }
}

// What this compiler and device do with f32: nothing in diagflow relies on it, but it explains differences between devices.
// inputs: bits of (a, b, c, d). outputs: error term of the two-sum a + b; a * b + c; built-in log d; d.
@compute @workgroup_size(64)
fn arithmetic(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    let x = bitcast<vec4f>(inputs[id.x]);
    let s = x.x + x.y;
    let bb = s - x.x;
    let error = (x.x - (s - bb)) + (x.y - bb);
    outputs[id.x] = bitcast<vec4u>(vec4f(error, x.x * x.y + x.z, log(x.w), x.w));
  }
}

// inputs: bits of four f32. outputs: built-in sin and cos of the first two.
@compute @workgroup_size(64)
fn trigonometry(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&outputs)) {
    let x = bitcast<vec4f>(inputs[id.x]);
    outputs[id.x] = bitcast<vec4u>(vec4f(sin(x.x), cos(x.x), sin(x.y), cos(x.y)));
  }
}
