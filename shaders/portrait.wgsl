// The phase portrait: every coordinate of one replica as a point at (u, v, b), straight from the engine's state (lib/model.wgsl has
// its layout), and marks and lines of the limit over it.

struct View {
  camera: mat4x4f,
  near: vec4f,         // colour of the smallest b
  far: vec4f,          // colour of the largest b
  size: vec2f,         // of a point, in clip space
  b: vec2f,            // smallest and largest b
  height: f32,         // of the b axis: 0 in the flat view
  quads: u32,
  plane: u32,          // quads of one plane: quads * replicas
  parametrization: u32 // 0 product, 1 difference, 2 square
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> anchors: array<f32>;      // P, Q, ...
@group(0) @binding(2) var<storage, read> deltas: array<f32>;       // dp, dq
@group(0) @binding(3) var<storage, read> coefficients: array<f32>; // sqrt(lambda), b

struct Out {
  @builtin(position) position: vec4f,
  @location(0) color: vec4f,
  @location(1) at: vec2f, // in the disc of a point
}

fn corner(k: u32) -> vec2f {
  return vec2f(f32(k & 1u) * 2.0 - 1.0, f32(k >> 1u) * 2.0 - 1.0);
}

// Instance = coordinate, four vertices a point.
@vertex
fn point(@builtin(vertex_index) vertex: u32, @builtin(instance_index) i: u32) -> Out {
  let plane = 4u * view.plane;
  let p = anchors[i] * (1.0 + deltas[i]);
  let q = anchors[plane + i] * (1.0 + deltas[plane + i]);
  let b = coefficients[4u * view.quads + i];
  var uv = vec2f(p + q, p - q) / 2.0;
  if (view.parametrization != 0u) {
    uv = vec2f(p, q) / 2.0;
  }
  let share = (b - view.b.x) / max(view.b.y - view.b.x, 1e-6);
  var out: Out;
  out.at = corner(vertex);
  out.position = view.camera * vec4f(uv, view.height * (share - 0.5), 1.0);
  out.position += vec4f(out.at * view.size * out.position.w, 0.0, 0.0);
  out.color = mix(view.near, view.far, share);
  return out;
}

struct Mark {
  @location(0) at: vec3f,   // u, v, share of b
  @location(1) color: vec4f,
  @location(2) size: f32,   // in units of a point's size
}

@vertex
fn mark(@builtin(vertex_index) vertex: u32, in: Mark) -> Out {
  var out: Out;
  out.at = corner(vertex);
  out.position = view.camera * vec4f(in.at.xy, view.height * (in.at.z - 0.5), 1.0);
  out.position += vec4f(out.at * view.size * in.size * out.position.w, 0.0, 0.0);
  out.color = in.color;
  return out;
}

@vertex
fn line(@location(0) at: vec3f, @location(1) color: vec4f) -> Out {
  var out: Out;
  out.at = vec2f();
  out.position = view.camera * vec4f(at.xy, view.height * (at.z - 0.5), 1.0);
  out.color = color;
  return out;
}

@fragment
fn paint(in: Out) -> @location(0) vec4f {
  let r = length(in.at);
  let alpha = in.color.a * clamp((1.0 - r) * 3.0, 0.0, 1.0);
  return vec4f(in.color.rgb * alpha, alpha);
}
