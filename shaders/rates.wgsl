// What the machine can do: normals made and added up, and memory read and written, to set the engines' speed against.

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sink: array<vec4f>;

// ITEMS blocks of four normals a thread.
@compute @workgroup_size(256)
fn normals_rate(@builtin(global_invocation_id) id: vec3u) {
  var total = vec4f();
  for (var i = 0u; i < ITEMS; i++) {
    total += normals_from_words(threefry4x32(vec4u(1u, 2u, 3u, 4u), vec4u(id.x, i, 0u, 0u)));
  }
  sink[id.x] = total;
}

// 16 bytes read and 16 written a thread and round.
@compute @workgroup_size(256)
fn copy_rate(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < arrayLength(&sink); i += groups.x * 256u) {
    sink[i] = source[i] * 1.0000001;
  }
}

// Nothing: what it costs to start a kernel.
@compute @workgroup_size(1)
fn empty_rate() {
}
