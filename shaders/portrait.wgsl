// The phase portrait: every coordinate of one replica as a point at (u, v, b), straight from the engine's state (lib/model.wgsl has
// its layout), and lines of the limit and of the axes.

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

struct Place {
  position: vec4f,
  color: vec4f,
}

fn place(i: u32) -> Place {
  let plane = 4u * view.plane;
  let p = anchors[i] * (1.0 + deltas[i]);
  let q = anchors[plane + i] * (1.0 + deltas[plane + i]);
  let b = coefficients[4u * view.quads + i];
  var uv = vec2f(p + q, p - q) / 2.0;
  if (view.parametrization != 0u) {
    uv = vec2f(p, q) / 2.0;
  }
  let share = (b - view.b.x) / max(view.b.y - view.b.x, 1e-6);
  return Place(view.camera * vec4f(uv, view.height * (share - 0.5), 1.0), mix(view.near, view.far, share));
}

// Instance = coordinate, four vertices a disc.
@vertex
fn point(@builtin(vertex_index) vertex: u32, @builtin(instance_index) i: u32) -> Out {
  let at = place(i);
  var out: Out;
  out.at = corner(vertex);
  out.position = at.position + vec4f(out.at * view.size * at.position.w, 0.0, 0.0);
  out.color = at.color;
  return out;
}

// Vertex = coordinate, one pixel each: for clouds so dense that discs would only cover each other.
@vertex
fn dot(@builtin(vertex_index) i: u32) -> Out {
  let at = place(i);
  return Out(at.position, at.color, vec2f());
}

struct Line {
  @location(0) a: vec3f,     // u, v, height from -1/2 to 1/2
  @location(1) b: vec3f,
  @location(2) color: vec4f,
  @location(3) width: f32,   // half of it, in units of a point's radius
}

const BEHIND = 1e-4;

// Instance = piece of a line, four vertices a strip around it.
@vertex
fn line(@builtin(vertex_index) vertex: u32, in: Line) -> Out {
  var a = view.camera * vec4f(in.a.xy, view.height * in.a.z, 1.0);
  var b = view.camera * vec4f(in.b.xy, view.height * in.b.z, 1.0);
  // What lies behind the eye is cut off.
  if (a.w < BEHIND && b.w > BEHIND) {
    a = mix(a, b, (BEHIND - a.w) / (b.w - a.w));
  } else if (b.w < BEHIND && a.w > BEHIND) {
    b = mix(b, a, (BEHIND - b.w) / (a.w - b.w));
  }
  let along = (b.xy / b.w - a.xy / a.w) / view.size;
  let across = vec2f(-along.y, along.x) / max(length(along), 1e-6);
  let c = corner(vertex);
  var out: Out;
  out.position = select(a, b, c.x > 0.0);
  out.position += vec4f(across * c.y * in.width * view.size * out.position.w, 0.0, 0.0);
  out.at = vec2f(0.0, c.y);
  out.color = in.color;
  return out;
}

@fragment
fn paint(in: Out) -> @location(0) vec4f {
  let r = length(in.at);
  let alpha = in.color.a * clamp((1.0 - r) * 3.0, 0.0, 1.0);
  return vec4f(in.color.rgb * alpha, alpha);
}
