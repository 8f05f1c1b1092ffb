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

// workgroups 8 × 1, slots 0 3 2w
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
  let tile = 0i;
  let firstColumn = tile * 8i;
  let row = (id / 1i) % 8i;
  let firstChannel = ((id / 8i) % 1i) * 4i;
  let image = id / 8i;
  var c0_0 = vec4f();
  var c0_1 = vec4f();
  var c1_0 = vec4f();
  var c1_1 = vec4f();
  var c2_0 = vec4f();
  var c2_1 = vec4f();
  var c3_0 = vec4f();
  var c3_1 = vec4f();
  let sourceColumn = tile * 8i;
  let column0 = sourceColumn + -1i;
  let inside1 = column0 >= 0i;
  let column2 = select(0i, column0, inside1);
  let column3 = sourceColumn + 0i;
  let column4 = sourceColumn + 4i;
  let column5 = sourceColumn + 8i;
  let inside6 = column5 < 8i;
  let column7 = select(0i, column5, inside6);
  let y8 = row * 1i + 0i * 1i - 1i;
  let inside10 = y8 >= 0i && y8 < 8i;
  let start9 = select(0i, y8 * 8i, inside10);
  let y11 = row * 1i + 1i * 1i - 1i;
  let inside13 = y11 >= 0i && y11 < 8i;
  let start12 = select(0i, y11 * 8i, inside13);
  let y14 = row * 1i + 2i * 1i - 1i;
  let inside16 = y14 >= 0i && y14 < 8i;
  let start15 = select(0i, y14 * 8i, inside16);
  for (var k = 0i; k < 4i; k += 1i) {
    let base17 = (image * 4i + k) * 64i;
    let weight18 = (k * 3i + 0i) * 12i + firstChannel;
    let s19 = select(0.0, load_0(base17 + start9 + column2), inside10 && inside1);
    let s20 = select(vec4f(), load4_0((base17 + start9 + column3) >> 2u), inside10);
    let s21 = select(vec4f(), load4_0((base17 + start9 + column4) >> 2u), inside10);
    let s22 = select(0.0, load_0(base17 + start9 + column7), inside10 && inside6);
    let x23 = vec4f(s19, s20[0], s20[1], s20[2]);
    let x24 = vec4f(s20[3], s21[0], s21[1], s21[2]);
    let weight18_0_0 = load4_1((weight18 + 0i) >> 2u);
    c0_0 = fma(vec4f(weight18_0_0[0]), x23, c0_0);
    c0_1 = fma(vec4f(weight18_0_0[0]), x24, c0_1);
    c1_0 = fma(vec4f(weight18_0_0[1]), x23, c1_0);
    c1_1 = fma(vec4f(weight18_0_0[1]), x24, c1_1);
    c2_0 = fma(vec4f(weight18_0_0[2]), x23, c2_0);
    c2_1 = fma(vec4f(weight18_0_0[2]), x24, c2_1);
    c3_0 = fma(vec4f(weight18_0_0[3]), x23, c3_0);
    c3_1 = fma(vec4f(weight18_0_0[3]), x24, c3_1);
    let x25 = s20;
    let x26 = s21;
    let weight18_1_0 = load4_1((weight18 + 4i) >> 2u);
    c0_0 = fma(vec4f(weight18_1_0[0]), x25, c0_0);
    c0_1 = fma(vec4f(weight18_1_0[0]), x26, c0_1);
    c1_0 = fma(vec4f(weight18_1_0[1]), x25, c1_0);
    c1_1 = fma(vec4f(weight18_1_0[1]), x26, c1_1);
    c2_0 = fma(vec4f(weight18_1_0[2]), x25, c2_0);
    c2_1 = fma(vec4f(weight18_1_0[2]), x26, c2_1);
    c3_0 = fma(vec4f(weight18_1_0[3]), x25, c3_0);
    c3_1 = fma(vec4f(weight18_1_0[3]), x26, c3_1);
    let x27 = vec4f(s20[1], s20[2], s20[3], s21[0]);
    let x28 = vec4f(s21[1], s21[2], s21[3], s22);
    let weight18_2_0 = load4_1((weight18 + 8i) >> 2u);
    c0_0 = fma(vec4f(weight18_2_0[0]), x27, c0_0);
    c0_1 = fma(vec4f(weight18_2_0[0]), x28, c0_1);
    c1_0 = fma(vec4f(weight18_2_0[1]), x27, c1_0);
    c1_1 = fma(vec4f(weight18_2_0[1]), x28, c1_1);
    c2_0 = fma(vec4f(weight18_2_0[2]), x27, c2_0);
    c2_1 = fma(vec4f(weight18_2_0[2]), x28, c2_1);
    c3_0 = fma(vec4f(weight18_2_0[3]), x27, c3_0);
    c3_1 = fma(vec4f(weight18_2_0[3]), x28, c3_1);
    let weight29 = (k * 3i + 1i) * 12i + firstChannel;
    let s30 = select(0.0, load_0(base17 + start12 + column2), inside13 && inside1);
    let s31 = select(vec4f(), load4_0((base17 + start12 + column3) >> 2u), inside13);
    let s32 = select(vec4f(), load4_0((base17 + start12 + column4) >> 2u), inside13);
    let s33 = select(0.0, load_0(base17 + start12 + column7), inside13 && inside6);
    let x34 = vec4f(s30, s31[0], s31[1], s31[2]);
    let x35 = vec4f(s31[3], s32[0], s32[1], s32[2]);
    let weight29_0_0 = load4_1((weight29 + 0i) >> 2u);
    c0_0 = fma(vec4f(weight29_0_0[0]), x34, c0_0);
    c0_1 = fma(vec4f(weight29_0_0[0]), x35, c0_1);
    c1_0 = fma(vec4f(weight29_0_0[1]), x34, c1_0);
    c1_1 = fma(vec4f(weight29_0_0[1]), x35, c1_1);
    c2_0 = fma(vec4f(weight29_0_0[2]), x34, c2_0);
    c2_1 = fma(vec4f(weight29_0_0[2]), x35, c2_1);
    c3_0 = fma(vec4f(weight29_0_0[3]), x34, c3_0);
    c3_1 = fma(vec4f(weight29_0_0[3]), x35, c3_1);
    let x36 = s31;
    let x37 = s32;
    let weight29_1_0 = load4_1((weight29 + 4i) >> 2u);
    c0_0 = fma(vec4f(weight29_1_0[0]), x36, c0_0);
    c0_1 = fma(vec4f(weight29_1_0[0]), x37, c0_1);
    c1_0 = fma(vec4f(weight29_1_0[1]), x36, c1_0);
    c1_1 = fma(vec4f(weight29_1_0[1]), x37, c1_1);
    c2_0 = fma(vec4f(weight29_1_0[2]), x36, c2_0);
    c2_1 = fma(vec4f(weight29_1_0[2]), x37, c2_1);
    c3_0 = fma(vec4f(weight29_1_0[3]), x36, c3_0);
    c3_1 = fma(vec4f(weight29_1_0[3]), x37, c3_1);
    let x38 = vec4f(s31[1], s31[2], s31[3], s32[0]);
    let x39 = vec4f(s32[1], s32[2], s32[3], s33);
    let weight29_2_0 = load4_1((weight29 + 8i) >> 2u);
    c0_0 = fma(vec4f(weight29_2_0[0]), x38, c0_0);
    c0_1 = fma(vec4f(weight29_2_0[0]), x39, c0_1);
    c1_0 = fma(vec4f(weight29_2_0[1]), x38, c1_0);
    c1_1 = fma(vec4f(weight29_2_0[1]), x39, c1_1);
    c2_0 = fma(vec4f(weight29_2_0[2]), x38, c2_0);
    c2_1 = fma(vec4f(weight29_2_0[2]), x39, c2_1);
    c3_0 = fma(vec4f(weight29_2_0[3]), x38, c3_0);
    c3_1 = fma(vec4f(weight29_2_0[3]), x39, c3_1);
    let weight40 = (k * 3i + 2i) * 12i + firstChannel;
    let s41 = select(0.0, load_0(base17 + start15 + column2), inside16 && inside1);
    let s42 = select(vec4f(), load4_0((base17 + start15 + column3) >> 2u), inside16);
    let s43 = select(vec4f(), load4_0((base17 + start15 + column4) >> 2u), inside16);
    let s44 = select(0.0, load_0(base17 + start15 + column7), inside16 && inside6);
    let x45 = vec4f(s41, s42[0], s42[1], s42[2]);
    let x46 = vec4f(s42[3], s43[0], s43[1], s43[2]);
    let weight40_0_0 = load4_1((weight40 + 0i) >> 2u);
    c0_0 = fma(vec4f(weight40_0_0[0]), x45, c0_0);
    c0_1 = fma(vec4f(weight40_0_0[0]), x46, c0_1);
    c1_0 = fma(vec4f(weight40_0_0[1]), x45, c1_0);
    c1_1 = fma(vec4f(weight40_0_0[1]), x46, c1_1);
    c2_0 = fma(vec4f(weight40_0_0[2]), x45, c2_0);
    c2_1 = fma(vec4f(weight40_0_0[2]), x46, c2_1);
    c3_0 = fma(vec4f(weight40_0_0[3]), x45, c3_0);
    c3_1 = fma(vec4f(weight40_0_0[3]), x46, c3_1);
    let x47 = s42;
    let x48 = s43;
    let weight40_1_0 = load4_1((weight40 + 4i) >> 2u);
    c0_0 = fma(vec4f(weight40_1_0[0]), x47, c0_0);
    c0_1 = fma(vec4f(weight40_1_0[0]), x48, c0_1);
    c1_0 = fma(vec4f(weight40_1_0[1]), x47, c1_0);
    c1_1 = fma(vec4f(weight40_1_0[1]), x48, c1_1);
    c2_0 = fma(vec4f(weight40_1_0[2]), x47, c2_0);
    c2_1 = fma(vec4f(weight40_1_0[2]), x48, c2_1);
    c3_0 = fma(vec4f(weight40_1_0[3]), x47, c3_0);
    c3_1 = fma(vec4f(weight40_1_0[3]), x48, c3_1);
    let x49 = vec4f(s42[1], s42[2], s42[3], s43[0]);
    let x50 = vec4f(s43[1], s43[2], s43[3], s44);
    let weight40_2_0 = load4_1((weight40 + 8i) >> 2u);
    c0_0 = fma(vec4f(weight40_2_0[0]), x49, c0_0);
    c0_1 = fma(vec4f(weight40_2_0[0]), x50, c0_1);
    c1_0 = fma(vec4f(weight40_2_0[1]), x49, c1_0);
    c1_1 = fma(vec4f(weight40_2_0[1]), x50, c1_1);
    c2_0 = fma(vec4f(weight40_2_0[2]), x49, c2_0);
    c2_1 = fma(vec4f(weight40_2_0[2]), x50, c2_1);
    c3_0 = fma(vec4f(weight40_2_0[3]), x49, c3_0);
    c3_1 = fma(vec4f(weight40_2_0[3]), x50, c3_1);
  }
  let v51 = image * 256i;
  let v52 = (firstChannel + 0i) * 64i;
  let v53 = v51 + v52;
  let v54 = row * 8i;
  let v55 = v53 + v54;
  let v56 = v55 + (firstColumn + 0i);
  store4_2(v56 >> 2u, c0_0);
  let v57 = v55 + (firstColumn + 4i);
  store4_2(v57 >> 2u, c0_1);
  let v58 = (firstChannel + 1i) * 64i;
  let v59 = v51 + v58;
  let v60 = v59 + v54;
  let v61 = v60 + (firstColumn + 0i);
  store4_2(v61 >> 2u, c1_0);
  let v62 = v60 + (firstColumn + 4i);
  store4_2(v62 >> 2u, c1_1);
  let v63 = (firstChannel + 2i) * 64i;
  let v64 = v51 + v63;
  let v65 = v64 + v54;
  let v66 = v65 + (firstColumn + 0i);
  store4_2(v66 >> 2u, c2_0);
  let v67 = v65 + (firstColumn + 4i);
  store4_2(v67 >> 2u, c2_1);
  let v68 = (firstChannel + 3i) * 64i;
  let v69 = v51 + v68;
  let v70 = v69 + v54;
  let v71 = v70 + (firstColumn + 0i);
  store4_2(v71 >> 2u, c3_0);
  let v72 = v70 + (firstColumn + 4i);
  store4_2(v72 >> 2u, c3_1);
}
