// workgroups 64 × 1, slots 0 1 3w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
@group(0) @binding(2) var<storage, read_write> s2: array<vec4f>;
fn store4_2(q: i32, v: vec4f) { s2[q] = v; }
var<workgroup> tileA: array<vec4f, 256>;
var<workgroup> tileB: array<vec4f, 256>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let batch_0 = (group / 16i) % 4i;
  let row0 = (group % 4i) * 64i;
  let column0 = ((group / 4i) % 4i) * 64i;
  let row = row0 + (lane / 8i) * 8i;
  let column_0 = column0 + (lane % 8i + 0i) * 4i;
  let column_1 = column0 + (lane % 8i + 8i) * 4i;
  let baseA = 0i + batch_0 * 64i;
  let baseB = 0i + batch_0 * 16384i;
  var c0_0 = vec4f();
  var c0_1 = vec4f();
  var c1_0 = vec4f();
  var c1_1 = vec4f();
  var c2_0 = vec4f();
  var c2_1 = vec4f();
  var c3_0 = vec4f();
  var c3_1 = vec4f();
  var c4_0 = vec4f();
  var c4_1 = vec4f();
  var c5_0 = vec4f();
  var c5_1 = vec4f();
  var c6_0 = vec4f();
  var c6_1 = vec4f();
  var c7_0 = vec4f();
  var c7_1 = vec4f();
  let aQuad = (lane / 8i) * 2i;
  let bQuad = lane % 8i;
  for (var k = 0i; k < 64i; k += 16i) {
    let item0 = lane + 0i;
    let w1 = load4_0((baseA + (k + (item0 % 4i) * 4i) + min(row0 + (item0 / 4i) * 4i + 0i, 255i) * 256i) >> 2u);
    let w2 = load4_0((baseA + (k + (item0 % 4i) * 4i) + min(row0 + (item0 / 4i) * 4i + 1i, 255i) * 256i) >> 2u);
    let w3 = load4_0((baseA + (k + (item0 % 4i) * 4i) + min(row0 + (item0 / 4i) * 4i + 2i, 255i) * 256i) >> 2u);
    let w4 = load4_0((baseA + (k + (item0 % 4i) * 4i) + min(row0 + (item0 / 4i) * 4i + 3i, 255i) * 256i) >> 2u);
    tileA[((item0 % 4i) * 4i + 0i) * 16i + item0 / 4i] = vec4f(w1[0], w2[0], w3[0], w4[0]);
    tileA[((item0 % 4i) * 4i + 1i) * 16i + item0 / 4i] = vec4f(w1[1], w2[1], w3[1], w4[1]);
    tileA[((item0 % 4i) * 4i + 2i) * 16i + item0 / 4i] = vec4f(w1[2], w2[2], w3[2], w4[2]);
    tileA[((item0 % 4i) * 4i + 3i) * 16i + item0 / 4i] = vec4f(w1[3], w2[3], w3[3], w4[3]);
    let item5 = lane + 0i;
    tileB[item5] = load4_1((baseB + (k + item5 / 16i) * 256i + (column0 + (item5 % 16i) * 4i)) >> 2u);
    let item6 = lane + 64i;
    tileB[item6] = load4_1((baseB + (k + item6 / 16i) * 256i + (column0 + (item6 % 16i) * 4i)) >> 2u);
    let item7 = lane + 128i;
    tileB[item7] = load4_1((baseB + (k + item7 / 16i) * 256i + (column0 + (item7 % 16i) * 4i)) >> 2u);
    let item8 = lane + 192i;
    tileB[item8] = load4_1((baseB + (k + item8 / 16i) * 256i + (column0 + (item8 % 16i) * 4i)) >> 2u);
    workgroupBarrier();
    for (var step = 0i; step < 16i; step += 4i) {
      let a9 = tileA[(step + 0i) * 16i + aQuad + 0i];
      let a10 = tileA[(step + 0i) * 16i + aQuad + 1i];
      let b11 = tileB[(step + 0i) * 16i + bQuad + 0i];
      let b12 = tileB[(step + 0i) * 16i + bQuad + 8i];
      c0_0 = fma(vec4f(a9[0]), b11, c0_0);
      c0_1 = fma(vec4f(a9[0]), b12, c0_1);
      c1_0 = fma(vec4f(a9[1]), b11, c1_0);
      c1_1 = fma(vec4f(a9[1]), b12, c1_1);
      c2_0 = fma(vec4f(a9[2]), b11, c2_0);
      c2_1 = fma(vec4f(a9[2]), b12, c2_1);
      c3_0 = fma(vec4f(a9[3]), b11, c3_0);
      c3_1 = fma(vec4f(a9[3]), b12, c3_1);
      c4_0 = fma(vec4f(a10[0]), b11, c4_0);
      c4_1 = fma(vec4f(a10[0]), b12, c4_1);
      c5_0 = fma(vec4f(a10[1]), b11, c5_0);
      c5_1 = fma(vec4f(a10[1]), b12, c5_1);
      c6_0 = fma(vec4f(a10[2]), b11, c6_0);
      c6_1 = fma(vec4f(a10[2]), b12, c6_1);
      c7_0 = fma(vec4f(a10[3]), b11, c7_0);
      c7_1 = fma(vec4f(a10[3]), b12, c7_1);
      let a13 = tileA[(step + 1i) * 16i + aQuad + 0i];
      let a14 = tileA[(step + 1i) * 16i + aQuad + 1i];
      let b15 = tileB[(step + 1i) * 16i + bQuad + 0i];
      let b16 = tileB[(step + 1i) * 16i + bQuad + 8i];
      c0_0 = fma(vec4f(a13[0]), b15, c0_0);
      c0_1 = fma(vec4f(a13[0]), b16, c0_1);
      c1_0 = fma(vec4f(a13[1]), b15, c1_0);
      c1_1 = fma(vec4f(a13[1]), b16, c1_1);
      c2_0 = fma(vec4f(a13[2]), b15, c2_0);
      c2_1 = fma(vec4f(a13[2]), b16, c2_1);
      c3_0 = fma(vec4f(a13[3]), b15, c3_0);
      c3_1 = fma(vec4f(a13[3]), b16, c3_1);
      c4_0 = fma(vec4f(a14[0]), b15, c4_0);
      c4_1 = fma(vec4f(a14[0]), b16, c4_1);
      c5_0 = fma(vec4f(a14[1]), b15, c5_0);
      c5_1 = fma(vec4f(a14[1]), b16, c5_1);
      c6_0 = fma(vec4f(a14[2]), b15, c6_0);
      c6_1 = fma(vec4f(a14[2]), b16, c6_1);
      c7_0 = fma(vec4f(a14[3]), b15, c7_0);
      c7_1 = fma(vec4f(a14[3]), b16, c7_1);
      let a17 = tileA[(step + 2i) * 16i + aQuad + 0i];
      let a18 = tileA[(step + 2i) * 16i + aQuad + 1i];
      let b19 = tileB[(step + 2i) * 16i + bQuad + 0i];
      let b20 = tileB[(step + 2i) * 16i + bQuad + 8i];
      c0_0 = fma(vec4f(a17[0]), b19, c0_0);
      c0_1 = fma(vec4f(a17[0]), b20, c0_1);
      c1_0 = fma(vec4f(a17[1]), b19, c1_0);
      c1_1 = fma(vec4f(a17[1]), b20, c1_1);
      c2_0 = fma(vec4f(a17[2]), b19, c2_0);
      c2_1 = fma(vec4f(a17[2]), b20, c2_1);
      c3_0 = fma(vec4f(a17[3]), b19, c3_0);
      c3_1 = fma(vec4f(a17[3]), b20, c3_1);
      c4_0 = fma(vec4f(a18[0]), b19, c4_0);
      c4_1 = fma(vec4f(a18[0]), b20, c4_1);
      c5_0 = fma(vec4f(a18[1]), b19, c5_0);
      c5_1 = fma(vec4f(a18[1]), b20, c5_1);
      c6_0 = fma(vec4f(a18[2]), b19, c6_0);
      c6_1 = fma(vec4f(a18[2]), b20, c6_1);
      c7_0 = fma(vec4f(a18[3]), b19, c7_0);
      c7_1 = fma(vec4f(a18[3]), b20, c7_1);
      let a21 = tileA[(step + 3i) * 16i + aQuad + 0i];
      let a22 = tileA[(step + 3i) * 16i + aQuad + 1i];
      let b23 = tileB[(step + 3i) * 16i + bQuad + 0i];
      let b24 = tileB[(step + 3i) * 16i + bQuad + 8i];
      c0_0 = fma(vec4f(a21[0]), b23, c0_0);
      c0_1 = fma(vec4f(a21[0]), b24, c0_1);
      c1_0 = fma(vec4f(a21[1]), b23, c1_0);
      c1_1 = fma(vec4f(a21[1]), b24, c1_1);
      c2_0 = fma(vec4f(a21[2]), b23, c2_0);
      c2_1 = fma(vec4f(a21[2]), b24, c2_1);
      c3_0 = fma(vec4f(a21[3]), b23, c3_0);
      c3_1 = fma(vec4f(a21[3]), b24, c3_1);
      c4_0 = fma(vec4f(a22[0]), b23, c4_0);
      c4_1 = fma(vec4f(a22[0]), b24, c4_1);
      c5_0 = fma(vec4f(a22[1]), b23, c5_0);
      c5_1 = fma(vec4f(a22[1]), b24, c5_1);
      c6_0 = fma(vec4f(a22[2]), b23, c6_0);
      c6_1 = fma(vec4f(a22[2]), b24, c6_1);
      c7_0 = fma(vec4f(a22[3]), b23, c7_0);
      c7_1 = fma(vec4f(a22[3]), b24, c7_1);
    }
    workgroupBarrier();
  }
  let v25 = batch_0 * 65536i;
  let v26 = (row + 0i) * 256i;
  let v27 = v25 + v26;
  let v28 = v27 + column_0;
  store4_2(v28 >> 2u, c0_0);
  let v29 = v27 + column_1;
  store4_2(v29 >> 2u, c0_1);
  let v30 = (row + 1i) * 256i;
  let v31 = v25 + v30;
  let v32 = v31 + column_0;
  store4_2(v32 >> 2u, c1_0);
  let v33 = v31 + column_1;
  store4_2(v33 >> 2u, c1_1);
  let v34 = (row + 2i) * 256i;
  let v35 = v25 + v34;
  let v36 = v35 + column_0;
  store4_2(v36 >> 2u, c2_0);
  let v37 = v35 + column_1;
  store4_2(v37 >> 2u, c2_1);
  let v38 = (row + 3i) * 256i;
  let v39 = v25 + v38;
  let v40 = v39 + column_0;
  store4_2(v40 >> 2u, c3_0);
  let v41 = v39 + column_1;
  store4_2(v41 >> 2u, c3_1);
  let v42 = (row + 4i) * 256i;
  let v43 = v25 + v42;
  let v44 = v43 + column_0;
  store4_2(v44 >> 2u, c4_0);
  let v45 = v43 + column_1;
  store4_2(v45 >> 2u, c4_1);
  let v46 = (row + 5i) * 256i;
  let v47 = v25 + v46;
  let v48 = v47 + column_0;
  store4_2(v48 >> 2u, c5_0);
  let v49 = v47 + column_1;
  store4_2(v49 >> 2u, c5_1);
  let v50 = (row + 6i) * 256i;
  let v51 = v25 + v50;
  let v52 = v51 + column_0;
  store4_2(v52 >> 2u, c6_0);
  let v53 = v51 + column_1;
  store4_2(v53 >> 2u, c6_1);
  let v54 = (row + 7i) * 256i;
  let v55 = v25 + v54;
  let v56 = v55 + column_0;
  store4_2(v56 >> 2u, c7_0);
  let v57 = v55 + column_1;
  store4_2(v57 >> 2u, c7_1);
}

// workgroups 256 × 1, slots 3 2w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read_write> s1: array<vec4f>;
fn store4_1(q: i32, v: vec4f) { s1[q] = v; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 64 + lane;
  let x0 = 4 * i32(u32(id) % 64u);
  let t1 = u32(id) / 64u;
  let x2 = i32(t1);
  var sum3 = vec4f(0.0f);
  let v4 = 0i * 65536i;
  let v5 = x2 * 256i;
  let v6 = v4 + v5;
  let v7 = v6 + x0;
  let v8 = load4_0(v7 >> 2u);
  sum3 = sum3 + v8;
  let v9 = 1i * 65536i;
  let v10 = v9 + v5;
  let v11 = v10 + x0;
  let v12 = load4_0(v11 >> 2u);
  sum3 = sum3 + v12;
  let v13 = 2i * 65536i;
  let v14 = v13 + v5;
  let v15 = v14 + x0;
  let v16 = load4_0(v15 >> 2u);
  sum3 = sum3 + v16;
  let v17 = 3i * 65536i;
  let v18 = v17 + v5;
  let v19 = v18 + x0;
  let v20 = load4_0(v19 >> 2u);
  sum3 = sum3 + v20;
  let v21 = v5 + x0;
  store4_1(v21 >> 2u, sum3);
}
