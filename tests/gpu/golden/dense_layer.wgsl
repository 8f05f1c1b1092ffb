// workgroups 16 × 1, slots 0 1 3 2w
@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read> s1: array<f32>;
fn load_1(i: i32) -> f32 { return s1[i]; }
@group(0) @binding(2) var<storage, read> s2: array<vec4f>;
fn load4_2(q: i32) -> vec4f { return s2[q]; }
@group(0) @binding(3) var<storage, read_write> s3: array<vec4f>;
fn store4_3(q: i32, v: vec4f) { s3[q] = v; }
fn isNan4(x: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}
fn maximum4(a: vec4f, b: vec4f) -> vec4f {
  return select(max(a, b), a + b, isNan4(a) | isNan4(b));
}

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let row0 = (group % 4i) * 16i;
  let column0 = ((group / 4i) % 4i) * 32i;
  let row = row0 + (lane / 8i) * 8i;
  let column_0 = column0 + (lane % 8i + 0i) * 4i;
  let baseA = 0i;
  let baseB = 0i;
  var c0_0 = vec4f();
  var c1_0 = vec4f();
  var c2_0 = vec4f();
  var c3_0 = vec4f();
  var c4_0 = vec4f();
  var c5_0 = vec4f();
  var c6_0 = vec4f();
  var c7_0 = vec4f();
  let row_0 = row;
  let row_1 = row + 1i;
  let row_2 = row + 2i;
  let row_3 = row + 3i;
  let row_4 = row + 4i;
  let row_5 = row + 5i;
  let row_6 = row + 6i;
  let row_7 = row + 7i;
  for (var k = 0i; k < 48i; k += 4i) {
    let a0 = load_0(baseA + (k) + row_0 * 49i);
    let a1 = load_0(baseA + (k) + row_1 * 49i);
    let a2 = load_0(baseA + (k) + row_2 * 49i);
    let a3 = load_0(baseA + (k) + row_3 * 49i);
    let a4 = load_0(baseA + (k) + row_4 * 49i);
    let a5 = load_0(baseA + (k) + row_5 * 49i);
    let a6 = load_0(baseA + (k) + row_6 * 49i);
    let a7 = load_0(baseA + (k) + row_7 * 49i);
    let a8 = load_0(baseA + (k + 1i) + row_0 * 49i);
    let a9 = load_0(baseA + (k + 1i) + row_1 * 49i);
    let a10 = load_0(baseA + (k + 1i) + row_2 * 49i);
    let a11 = load_0(baseA + (k + 1i) + row_3 * 49i);
    let a12 = load_0(baseA + (k + 1i) + row_4 * 49i);
    let a13 = load_0(baseA + (k + 1i) + row_5 * 49i);
    let a14 = load_0(baseA + (k + 1i) + row_6 * 49i);
    let a15 = load_0(baseA + (k + 1i) + row_7 * 49i);
    let a16 = load_0(baseA + (k + 2i) + row_0 * 49i);
    let a17 = load_0(baseA + (k + 2i) + row_1 * 49i);
    let a18 = load_0(baseA + (k + 2i) + row_2 * 49i);
    let a19 = load_0(baseA + (k + 2i) + row_3 * 49i);
    let a20 = load_0(baseA + (k + 2i) + row_4 * 49i);
    let a21 = load_0(baseA + (k + 2i) + row_5 * 49i);
    let a22 = load_0(baseA + (k + 2i) + row_6 * 49i);
    let a23 = load_0(baseA + (k + 2i) + row_7 * 49i);
    let a24 = load_0(baseA + (k + 3i) + row_0 * 49i);
    let a25 = load_0(baseA + (k + 3i) + row_1 * 49i);
    let a26 = load_0(baseA + (k + 3i) + row_2 * 49i);
    let a27 = load_0(baseA + (k + 3i) + row_3 * 49i);
    let a28 = load_0(baseA + (k + 3i) + row_4 * 49i);
    let a29 = load_0(baseA + (k + 3i) + row_5 * 49i);
    let a30 = load_0(baseA + (k + 3i) + row_6 * 49i);
    let a31 = load_0(baseA + (k + 3i) + row_7 * 49i);
    let b32 = vec4f(load_1(baseB + (k) + (column_0) * 49i), load_1(baseB + (k) + (column_0 + 1i) * 49i), load_1(baseB + (k) + (column_0 + 2i) * 49i), load_1(baseB + (k) + (column_0 + 3i) * 49i));
    let b33 = vec4f(load_1(baseB + (k + 1i) + (column_0) * 49i), load_1(baseB + (k + 1i) + (column_0 + 1i) * 49i), load_1(baseB + (k + 1i) + (column_0 + 2i) * 49i), load_1(baseB + (k + 1i) + (column_0 + 3i) * 49i));
    let b34 = vec4f(load_1(baseB + (k + 2i) + (column_0) * 49i), load_1(baseB + (k + 2i) + (column_0 + 1i) * 49i), load_1(baseB + (k + 2i) + (column_0 + 2i) * 49i), load_1(baseB + (k + 2i) + (column_0 + 3i) * 49i));
    let b35 = vec4f(load_1(baseB + (k + 3i) + (column_0) * 49i), load_1(baseB + (k + 3i) + (column_0 + 1i) * 49i), load_1(baseB + (k + 3i) + (column_0 + 2i) * 49i), load_1(baseB + (k + 3i) + (column_0 + 3i) * 49i));
    c0_0 = fma(vec4f(a0), b32, c0_0);
    c1_0 = fma(vec4f(a1), b32, c1_0);
    c2_0 = fma(vec4f(a2), b32, c2_0);
    c3_0 = fma(vec4f(a3), b32, c3_0);
    c4_0 = fma(vec4f(a4), b32, c4_0);
    c5_0 = fma(vec4f(a5), b32, c5_0);
    c6_0 = fma(vec4f(a6), b32, c6_0);
    c7_0 = fma(vec4f(a7), b32, c7_0);
    c0_0 = fma(vec4f(a8), b33, c0_0);
    c1_0 = fma(vec4f(a9), b33, c1_0);
    c2_0 = fma(vec4f(a10), b33, c2_0);
    c3_0 = fma(vec4f(a11), b33, c3_0);
    c4_0 = fma(vec4f(a12), b33, c4_0);
    c5_0 = fma(vec4f(a13), b33, c5_0);
    c6_0 = fma(vec4f(a14), b33, c6_0);
    c7_0 = fma(vec4f(a15), b33, c7_0);
    c0_0 = fma(vec4f(a16), b34, c0_0);
    c1_0 = fma(vec4f(a17), b34, c1_0);
    c2_0 = fma(vec4f(a18), b34, c2_0);
    c3_0 = fma(vec4f(a19), b34, c3_0);
    c4_0 = fma(vec4f(a20), b34, c4_0);
    c5_0 = fma(vec4f(a21), b34, c5_0);
    c6_0 = fma(vec4f(a22), b34, c6_0);
    c7_0 = fma(vec4f(a23), b34, c7_0);
    c0_0 = fma(vec4f(a24), b35, c0_0);
    c1_0 = fma(vec4f(a25), b35, c1_0);
    c2_0 = fma(vec4f(a26), b35, c2_0);
    c3_0 = fma(vec4f(a27), b35, c3_0);
    c4_0 = fma(vec4f(a28), b35, c4_0);
    c5_0 = fma(vec4f(a29), b35, c5_0);
    c6_0 = fma(vec4f(a30), b35, c6_0);
    c7_0 = fma(vec4f(a31), b35, c7_0);
  }
  let a36 = load_0(baseA + (48i) + row_0 * 49i);
  let a37 = load_0(baseA + (48i) + row_1 * 49i);
  let a38 = load_0(baseA + (48i) + row_2 * 49i);
  let a39 = load_0(baseA + (48i) + row_3 * 49i);
  let a40 = load_0(baseA + (48i) + row_4 * 49i);
  let a41 = load_0(baseA + (48i) + row_5 * 49i);
  let a42 = load_0(baseA + (48i) + row_6 * 49i);
  let a43 = load_0(baseA + (48i) + row_7 * 49i);
  let b44 = vec4f(load_1(baseB + (48i) + (column_0) * 49i), load_1(baseB + (48i) + (column_0 + 1i) * 49i), load_1(baseB + (48i) + (column_0 + 2i) * 49i), load_1(baseB + (48i) + (column_0 + 3i) * 49i));
  c0_0 = fma(vec4f(a36), b44, c0_0);
  c1_0 = fma(vec4f(a37), b44, c1_0);
  c2_0 = fma(vec4f(a38), b44, c2_0);
  c3_0 = fma(vec4f(a39), b44, c3_0);
  c4_0 = fma(vec4f(a40), b44, c4_0);
  c5_0 = fma(vec4f(a41), b44, c5_0);
  c6_0 = fma(vec4f(a42), b44, c6_0);
  c7_0 = fma(vec4f(a43), b44, c7_0);
  let v45 = (row + 0i) * 128i;
  let v46 = v45 + column_0;
  let v47 = load4_2(column_0 >> 2u);
  let v48 = c0_0 + v47;
  let v49 = maximum4(v48, vec4f(0.0f));
  store4_3(v46 >> 2u, v49);
  let v50 = (row + 1i) * 128i;
  let v51 = v50 + column_0;
  let v52 = c1_0 + v47;
  let v53 = maximum4(v52, vec4f(0.0f));
  store4_3(v51 >> 2u, v53);
  let v54 = (row + 2i) * 128i;
  let v55 = v54 + column_0;
  let v56 = c2_0 + v47;
  let v57 = maximum4(v56, vec4f(0.0f));
  store4_3(v55 >> 2u, v57);
  let v58 = (row + 3i) * 128i;
  let v59 = v58 + column_0;
  let v60 = c3_0 + v47;
  let v61 = maximum4(v60, vec4f(0.0f));
  store4_3(v59 >> 2u, v61);
  let v62 = (row + 4i) * 128i;
  let v63 = v62 + column_0;
  let v64 = c4_0 + v47;
  let v65 = maximum4(v64, vec4f(0.0f));
  store4_3(v63 >> 2u, v65);
  let v66 = (row + 5i) * 128i;
  let v67 = v66 + column_0;
  let v68 = c5_0 + v47;
  let v69 = maximum4(v68, vec4f(0.0f));
  store4_3(v67 >> 2u, v69);
  let v70 = (row + 6i) * 128i;
  let v71 = v70 + column_0;
  let v72 = c6_0 + v47;
  let v73 = maximum4(v72, vec4f(0.0f));
  store4_3(v71 >> 2u, v73);
  let v74 = (row + 7i) * 128i;
  let v75 = v74 + column_0;
  let v76 = c7_0 + v47;
  let v77 = maximum4(v76, vec4f(0.0f));
  store4_3(v75 >> 2u, v77);
}
