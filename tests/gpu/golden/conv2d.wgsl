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
  let inside9 = y7 >= 0i && y7 < 8i;
  let start8 = select(0i, y7 * 8i, inside9);
  let y10 = row * 1i + 1i * 1i - 1i;
  let inside12 = y10 >= 0i && y10 < 8i;
  let start11 = select(0i, y10 * 8i, inside12);
  let y13 = row * 1i + 2i * 1i - 1i;
  let inside15 = y13 >= 0i && y13 < 8i;
  let start14 = select(0i, y13 * 8i, inside15);
  for (var k = 0i; k < 4i; k += 1i) {
    let base16 = (image * 4i + k) * 64i;
    let weight17 = (k * 3i + 0i) * 12i + firstChannel;
    let piece18 = select(0.0, load_0(base16 + start8 + column2), inside9 && inside1);
    let piece19 = select(vec4f(), load4_0((base16 + start8 + column3) >> 2u), inside9);
    let piece20 = select(0.0, load_0(base16 + start8 + column6), inside9 && inside5);
    let x21 = vec4f(piece18, piece19[0], piece19[1], piece19[2]);
    let weight17_0_0 = load4_1((weight17 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight17_0_0[0]), x21, c0_0_0);
    c1_0_0 = fma(vec4f(weight17_0_0[1]), x21, c1_0_0);
    c2_0_0 = fma(vec4f(weight17_0_0[2]), x21, c2_0_0);
    c3_0_0 = fma(vec4f(weight17_0_0[3]), x21, c3_0_0);
    let x22 = piece19;
    let weight17_1_0 = load4_1((weight17 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight17_1_0[0]), x22, c0_0_0);
    c1_0_0 = fma(vec4f(weight17_1_0[1]), x22, c1_0_0);
    c2_0_0 = fma(vec4f(weight17_1_0[2]), x22, c2_0_0);
    c3_0_0 = fma(vec4f(weight17_1_0[3]), x22, c3_0_0);
    let x23 = vec4f(piece19[1], piece19[2], piece19[3], piece20);
    let weight17_2_0 = load4_1((weight17 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight17_2_0[0]), x23, c0_0_0);
    c1_0_0 = fma(vec4f(weight17_2_0[1]), x23, c1_0_0);
    c2_0_0 = fma(vec4f(weight17_2_0[2]), x23, c2_0_0);
    c3_0_0 = fma(vec4f(weight17_2_0[3]), x23, c3_0_0);
    let weight24 = (k * 3i + 1i) * 12i + firstChannel;
    let piece25 = select(0.0, load_0(base16 + start11 + column2), inside12 && inside1);
    let piece26 = select(vec4f(), load4_0((base16 + start11 + column3) >> 2u), inside12);
    let piece27 = select(0.0, load_0(base16 + start11 + column6), inside12 && inside5);
    let x28 = vec4f(piece25, piece26[0], piece26[1], piece26[2]);
    let weight24_0_0 = load4_1((weight24 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight24_0_0[0]), x28, c0_0_0);
    c1_0_0 = fma(vec4f(weight24_0_0[1]), x28, c1_0_0);
    c2_0_0 = fma(vec4f(weight24_0_0[2]), x28, c2_0_0);
    c3_0_0 = fma(vec4f(weight24_0_0[3]), x28, c3_0_0);
    let x29 = piece26;
    let weight24_1_0 = load4_1((weight24 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight24_1_0[0]), x29, c0_0_0);
    c1_0_0 = fma(vec4f(weight24_1_0[1]), x29, c1_0_0);
    c2_0_0 = fma(vec4f(weight24_1_0[2]), x29, c2_0_0);
    c3_0_0 = fma(vec4f(weight24_1_0[3]), x29, c3_0_0);
    let x30 = vec4f(piece26[1], piece26[2], piece26[3], piece27);
    let weight24_2_0 = load4_1((weight24 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight24_2_0[0]), x30, c0_0_0);
    c1_0_0 = fma(vec4f(weight24_2_0[1]), x30, c1_0_0);
    c2_0_0 = fma(vec4f(weight24_2_0[2]), x30, c2_0_0);
    c3_0_0 = fma(vec4f(weight24_2_0[3]), x30, c3_0_0);
    let weight31 = (k * 3i + 2i) * 12i + firstChannel;
    let piece32 = select(0.0, load_0(base16 + start14 + column2), inside15 && inside1);
    let piece33 = select(vec4f(), load4_0((base16 + start14 + column3) >> 2u), inside15);
    let piece34 = select(0.0, load_0(base16 + start14 + column6), inside15 && inside5);
    let x35 = vec4f(piece32, piece33[0], piece33[1], piece33[2]);
    let weight31_0_0 = load4_1((weight31 + 0i) >> 2u);
    c0_0_0 = fma(vec4f(weight31_0_0[0]), x35, c0_0_0);
    c1_0_0 = fma(vec4f(weight31_0_0[1]), x35, c1_0_0);
    c2_0_0 = fma(vec4f(weight31_0_0[2]), x35, c2_0_0);
    c3_0_0 = fma(vec4f(weight31_0_0[3]), x35, c3_0_0);
    let x36 = piece33;
    let weight31_1_0 = load4_1((weight31 + 4i) >> 2u);
    c0_0_0 = fma(vec4f(weight31_1_0[0]), x36, c0_0_0);
    c1_0_0 = fma(vec4f(weight31_1_0[1]), x36, c1_0_0);
    c2_0_0 = fma(vec4f(weight31_1_0[2]), x36, c2_0_0);
    c3_0_0 = fma(vec4f(weight31_1_0[3]), x36, c3_0_0);
    let x37 = vec4f(piece33[1], piece33[2], piece33[3], piece34);
    let weight31_2_0 = load4_1((weight31 + 8i) >> 2u);
    c0_0_0 = fma(vec4f(weight31_2_0[0]), x37, c0_0_0);
    c1_0_0 = fma(vec4f(weight31_2_0[1]), x37, c1_0_0);
    c2_0_0 = fma(vec4f(weight31_2_0[2]), x37, c2_0_0);
    c3_0_0 = fma(vec4f(weight31_2_0[3]), x37, c3_0_0);
  }
  let v38 = image * 256i;
  let v39 = (firstChannel + 0i) * 64i;
  let v40 = v38 + v39;
  let v41 = row * 8i;
  let v42 = v40 + v41;
  let v43 = v42 + (firstColumn + 0i);
  store4_2(v43 >> 2u, c0_0_0);
  let v44 = (firstChannel + 1i) * 64i;
  let v45 = v38 + v44;
  let v46 = v45 + v41;
  let v47 = v46 + (firstColumn + 0i);
  store4_2(v47 >> 2u, c1_0_0);
  let v48 = (firstChannel + 2i) * 64i;
  let v49 = v38 + v48;
  let v50 = v49 + v41;
  let v51 = v50 + (firstColumn + 0i);
  store4_2(v51 >> 2u, c2_0_0);
  let v52 = (firstChannel + 3i) * 64i;
  let v53 = v38 + v52;
  let v54 = v53 + v41;
  let v55 = v54 + (firstColumn + 0i);
  store4_2(v55 >> 2u, c3_0_0);
}
