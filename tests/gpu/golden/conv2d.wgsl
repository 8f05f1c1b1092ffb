// workgroups 5 × 1, slots 1 3w
@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read_write> s1: array<vec4f>;
fn store4_1(q: i32, v: vec4f) { s1[q] = v; }

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 8 + lane;
  if (id < 36) {
    let x0 = i32(u32(id) % 3u);
    let t1 = u32(id) / 3u;
    let x2 = i32(t1 % 3u);
    let t3 = t1 / 3u;
    let x4 = i32(t3);
    let v5 = x4 * 36i;
    let v6 = x2 * 12i;
    let v7 = v5 + v6;
    let v8 = x0 * 4i;
    let v9 = v7 + v8;
    let v10 = v9 + 0i;
    let v11 = vec4i(0i) + vec4i(0, 1, 2, 3);
    let v12 = v11 * vec4i(36i);
    let v13 = x4 * 9i;
    let v14 = v12 + vec4i(v13);
    let v15 = x2 * 3i;
    let v16 = v14 + vec4i(v15);
    let v17 = v16 + vec4i(x0);
    let v18 = vec4f(load_0(v17.x), load_0(v17.y), load_0(v17.z), load_0(v17.w));
    store4_1(v10 >> 2u, v18);
  }
}

// workgroups 16 × 1, slots 0 3 2w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load_0(i: i32) -> f32 { return s0[i >> 2u][i & 3]; }
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
@group(0) @binding(2) var<storage, read_write> s2: array<vec4f>;
fn store4_2(q: i32, v: vec4f) { s2[q] = v; }

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 8i + lane;
  let tile = id % 2i;
  let firstColumn = tile * 4i;
  let row = (id / 2i) % 8i;
  let firstChannel = ((id / 16i) % 1i) * 4i;
  let image = id / 16i;
  var c0_0_0 = vec4f();
  var c1_0_0 = vec4f();
  var c2_0_0 = vec4f();
  var c3_0_0 = vec4f();
  let sourceColumn = tile * 4i;
  let column0 = sourceColumn + -1i;
  let inside1 = column0 >= 0i;
  let column2 = select(0i, column0, inside1);
  let column3 = sourceColumn + 0i;
  let column4 = sourceColumn + 4i;
  let inside5 = column4 < 8i;
  let column6 = select(0i, column4, inside5);
  let y7 = row * 1i + 0i * 1i - 1i;
  let inside8 = y7 >= 0i;
  let start9 = select(0i, y7 * 8i, inside8);
  let y10 = row * 1i + 1i * 1i - 1i;
  let start11 = y10 * 8i;
  let y12 = row * 1i + 2i * 1i - 1i;
  let inside13 = y12 < 8i;
  let start14 = select(0i, y12 * 8i, inside13);
  for (var k = 0i; k < 4i; k += 1i) {
    let base15 = (image * 4i + k) * 64i;
    let weight16 = (k * 3i + 0i) * 12i + firstChannel;
    let piece17 = select(0.0, load_0(base15 + start9 + column2), inside8 && inside1);
    let piece18 = select(vec4f(), load4_0((base15 + start9 + column3) >> 2u), inside8);
    let piece19 = select(0.0, load_0(base15 + start9 + column6), inside8 && inside5);
    let x20 = vec4f(piece17, piece18[0], piece18[1], piece18[2]);
    let weight16_0_0 = load4_1((weight16 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight16_0_0[0]), x20, c0_0_0);
    c1_0_0 = fma(vec4f(weight16_0_0[1]), x20, c1_0_0);
    c2_0_0 = fma(vec4f(weight16_0_0[2]), x20, c2_0_0);
    c3_0_0 = fma(vec4f(weight16_0_0[3]), x20, c3_0_0);
    let x21 = piece18;
    let weight16_1_0 = load4_1((weight16 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight16_1_0[0]), x21, c0_0_0);
    c1_0_0 = fma(vec4f(weight16_1_0[1]), x21, c1_0_0);
    c2_0_0 = fma(vec4f(weight16_1_0[2]), x21, c2_0_0);
    c3_0_0 = fma(vec4f(weight16_1_0[3]), x21, c3_0_0);
    let x22 = vec4f(piece18[1], piece18[2], piece18[3], piece19);
    let weight16_2_0 = load4_1((weight16 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight16_2_0[0]), x22, c0_0_0);
    c1_0_0 = fma(vec4f(weight16_2_0[1]), x22, c1_0_0);
    c2_0_0 = fma(vec4f(weight16_2_0[2]), x22, c2_0_0);
    c3_0_0 = fma(vec4f(weight16_2_0[3]), x22, c3_0_0);
    let weight23 = (k * 3i + 1i) * 12i + firstChannel;
    let piece24 = select(0.0, load_0(base15 + start11 + column2), inside1);
    let piece25 = load4_0((base15 + start11 + column3) >> 2u);
    let piece26 = select(0.0, load_0(base15 + start11 + column6), inside5);
    let x27 = vec4f(piece24, piece25[0], piece25[1], piece25[2]);
    let weight23_0_0 = load4_1((weight23 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight23_0_0[0]), x27, c0_0_0);
    c1_0_0 = fma(vec4f(weight23_0_0[1]), x27, c1_0_0);
    c2_0_0 = fma(vec4f(weight23_0_0[2]), x27, c2_0_0);
    c3_0_0 = fma(vec4f(weight23_0_0[3]), x27, c3_0_0);
    let x28 = piece25;
    let weight23_1_0 = load4_1((weight23 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight23_1_0[0]), x28, c0_0_0);
    c1_0_0 = fma(vec4f(weight23_1_0[1]), x28, c1_0_0);
    c2_0_0 = fma(vec4f(weight23_1_0[2]), x28, c2_0_0);
    c3_0_0 = fma(vec4f(weight23_1_0[3]), x28, c3_0_0);
    let x29 = vec4f(piece25[1], piece25[2], piece25[3], piece26);
    let weight23_2_0 = load4_1((weight23 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight23_2_0[0]), x29, c0_0_0);
    c1_0_0 = fma(vec4f(weight23_2_0[1]), x29, c1_0_0);
    c2_0_0 = fma(vec4f(weight23_2_0[2]), x29, c2_0_0);
    c3_0_0 = fma(vec4f(weight23_2_0[3]), x29, c3_0_0);
    let weight30 = (k * 3i + 2i) * 12i + firstChannel;
    let piece31 = select(0.0, load_0(base15 + start14 + column2), inside13 && inside1);
    let piece32 = select(vec4f(), load4_0((base15 + start14 + column3) >> 2u), inside13);
    let piece33 = select(0.0, load_0(base15 + start14 + column6), inside13 && inside5);
    let x34 = vec4f(piece31, piece32[0], piece32[1], piece32[2]);
    let weight30_0_0 = load4_1((weight30 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight30_0_0[0]), x34, c0_0_0);
    c1_0_0 = fma(vec4f(weight30_0_0[1]), x34, c1_0_0);
    c2_0_0 = fma(vec4f(weight30_0_0[2]), x34, c2_0_0);
    c3_0_0 = fma(vec4f(weight30_0_0[3]), x34, c3_0_0);
    let x35 = piece32;
    let weight30_1_0 = load4_1((weight30 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight30_1_0[0]), x35, c0_0_0);
    c1_0_0 = fma(vec4f(weight30_1_0[1]), x35, c1_0_0);
    c2_0_0 = fma(vec4f(weight30_1_0[2]), x35, c2_0_0);
    c3_0_0 = fma(vec4f(weight30_1_0[3]), x35, c3_0_0);
    let x36 = vec4f(piece32[1], piece32[2], piece32[3], piece33);
    let weight30_2_0 = load4_1((weight30 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight30_2_0[0]), x36, c0_0_0);
    c1_0_0 = fma(vec4f(weight30_2_0[1]), x36, c1_0_0);
    c2_0_0 = fma(vec4f(weight30_2_0[2]), x36, c2_0_0);
    c3_0_0 = fma(vec4f(weight30_2_0[3]), x36, c3_0_0);
  }
  let v37 = image * 256i;
  let v38 = (firstChannel + 0i) * 64i;
  let v39 = v37 + v38;
  let v40 = row * 8i;
  let v41 = v39 + v40;
  let v42 = v41 + (firstColumn + 0i);
  store4_2(v42 >> 2u, c0_0_0);
  let v43 = (firstChannel + 1i) * 64i;
  let v44 = v37 + v43;
  let v45 = v44 + v40;
  let v46 = v45 + (firstColumn + 0i);
  store4_2(v46 >> 2u, c1_0_0);
  let v47 = (firstChannel + 2i) * 64i;
  let v48 = v37 + v47;
  let v49 = v48 + v40;
  let v50 = v49 + (firstColumn + 0i);
  store4_2(v50 >> 2u, c2_0_0);
  let v51 = (firstChannel + 3i) * 64i;
  let v52 = v37 + v51;
  let v53 = v52 + v40;
  let v54 = v53 + (firstColumn + 0i);
  store4_2(v54 >> 2u, c3_0_0);
}
