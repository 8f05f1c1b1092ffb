// workgroups 16 × 1, slots 0 1 2w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
@group(0) @binding(2) var<storage, read_write> s2: array<vec4f>;
fn store4_2(q: i32, v: vec4f) { s2[q] = v; }
var<workgroup> tileA: array<f32, 1024>;
var<workgroup> tileB: array<f32, 1024>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let row0 = (group % 4i) * 64i;
  let column0 = ((group / 4i) % 4i) * 64i;
  let row = row0 + (lane / 8i) * 8i;
  let column_0 = column0 + (lane % 8i + 0i) * 4i;
  let column_1 = column0 + (lane % 8i + 8i) * 4i;
  let baseA = 0i;
  let baseB = 0i;
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
  for (var k = 0i; k < 256i; k += 16i) {
    let w0 = load4_0((baseA + (k + 0i) + min(row0 + lane, 255i) * 256i) >> 2u);
    tileA[0i + lane] = w0[0];
    tileA[64i + lane] = w0[1];
    tileA[128i + lane] = w0[2];
    tileA[192i + lane] = w0[3];
    let w1 = load4_0((baseA + (k + 4i) + min(row0 + lane, 255i) * 256i) >> 2u);
    tileA[256i + lane] = w1[0];
    tileA[320i + lane] = w1[1];
    tileA[384i + lane] = w1[2];
    tileA[448i + lane] = w1[3];
    let w2 = load4_0((baseA + (k + 8i) + min(row0 + lane, 255i) * 256i) >> 2u);
    tileA[512i + lane] = w2[0];
    tileA[576i + lane] = w2[1];
    tileA[640i + lane] = w2[2];
    tileA[704i + lane] = w2[3];
    let w3 = load4_0((baseA + (k + 12i) + min(row0 + lane, 255i) * 256i) >> 2u);
    tileA[768i + lane] = w3[0];
    tileA[832i + lane] = w3[1];
    tileA[896i + lane] = w3[2];
    tileA[960i + lane] = w3[3];
    let item4 = lane + 0i;
    let w5 = load4_1((baseB + (k + item4 / 16i) * 256i + (column0 + (item4 % 16i) * 4i)) >> 2u);
    tileB[4i * item4 + 0i] = w5[0];
    tileB[4i * item4 + 1i] = w5[1];
    tileB[4i * item4 + 2i] = w5[2];
    tileB[4i * item4 + 3i] = w5[3];
    let item6 = lane + 64i;
    let w7 = load4_1((baseB + (k + item6 / 16i) * 256i + (column0 + (item6 % 16i) * 4i)) >> 2u);
    tileB[4i * item6 + 0i] = w7[0];
    tileB[4i * item6 + 1i] = w7[1];
    tileB[4i * item6 + 2i] = w7[2];
    tileB[4i * item6 + 3i] = w7[3];
    let item8 = lane + 128i;
    let w9 = load4_1((baseB + (k + item8 / 16i) * 256i + (column0 + (item8 % 16i) * 4i)) >> 2u);
    tileB[4i * item8 + 0i] = w9[0];
    tileB[4i * item8 + 1i] = w9[1];
    tileB[4i * item8 + 2i] = w9[2];
    tileB[4i * item8 + 3i] = w9[3];
    let item10 = lane + 192i;
    let w11 = load4_1((baseB + (k + item10 / 16i) * 256i + (column0 + (item10 % 16i) * 4i)) >> 2u);
    tileB[4i * item10 + 0i] = w11[0];
    tileB[4i * item10 + 1i] = w11[1];
    tileB[4i * item10 + 2i] = w11[2];
    tileB[4i * item10 + 3i] = w11[3];
    workgroupBarrier();
    for (var step = 0i; step < 16i; step++) {
      let at = step * 64i + (lane / 8i) * 8i;
      let bt = step * 64i + (lane % 8i) * 4i;
      let b0 = vec4f(tileB[bt + 0i], tileB[bt + 1i], tileB[bt + 2i], tileB[bt + 3i]);
      let b1 = vec4f(tileB[bt + 32i + 0i], tileB[bt + 32i + 1i], tileB[bt + 32i + 2i], tileB[bt + 32i + 3i]);
      c0_0 = fma(vec4f(tileA[at + 0i]), b0, c0_0);
      c0_1 = fma(vec4f(tileA[at + 0i]), b1, c0_1);
      c1_0 = fma(vec4f(tileA[at + 1i]), b0, c1_0);
      c1_1 = fma(vec4f(tileA[at + 1i]), b1, c1_1);
      c2_0 = fma(vec4f(tileA[at + 2i]), b0, c2_0);
      c2_1 = fma(vec4f(tileA[at + 2i]), b1, c2_1);
      c3_0 = fma(vec4f(tileA[at + 3i]), b0, c3_0);
      c3_1 = fma(vec4f(tileA[at + 3i]), b1, c3_1);
      c4_0 = fma(vec4f(tileA[at + 4i]), b0, c4_0);
      c4_1 = fma(vec4f(tileA[at + 4i]), b1, c4_1);
      c5_0 = fma(vec4f(tileA[at + 5i]), b0, c5_0);
      c5_1 = fma(vec4f(tileA[at + 5i]), b1, c5_1);
      c6_0 = fma(vec4f(tileA[at + 6i]), b0, c6_0);
      c6_1 = fma(vec4f(tileA[at + 6i]), b1, c6_1);
      c7_0 = fma(vec4f(tileA[at + 7i]), b0, c7_0);
      c7_1 = fma(vec4f(tileA[at + 7i]), b1, c7_1);
    }
    workgroupBarrier();
  }
  let v12 = (row + 0i) * 256i;
  let v13 = v12 + column_0;
  store4_2(v13 >> 2u, c0_0);
  let v14 = v12 + column_1;
  store4_2(v14 >> 2u, c0_1);
  let v15 = (row + 1i) * 256i;
  let v16 = v15 + column_0;
  store4_2(v16 >> 2u, c1_0);
  let v17 = v15 + column_1;
  store4_2(v17 >> 2u, c1_1);
  let v18 = (row + 2i) * 256i;
  let v19 = v18 + column_0;
  store4_2(v19 >> 2u, c2_0);
  let v20 = v18 + column_1;
  store4_2(v20 >> 2u, c2_1);
  let v21 = (row + 3i) * 256i;
  let v22 = v21 + column_0;
  store4_2(v22 >> 2u, c3_0);
  let v23 = v21 + column_1;
  store4_2(v23 >> 2u, c3_1);
  let v24 = (row + 4i) * 256i;
  let v25 = v24 + column_0;
  store4_2(v25 >> 2u, c4_0);
  let v26 = v24 + column_1;
  store4_2(v26 >> 2u, c4_1);
  let v27 = (row + 5i) * 256i;
  let v28 = v27 + column_0;
  store4_2(v28 >> 2u, c5_0);
  let v29 = v27 + column_1;
  store4_2(v29 >> 2u, c5_1);
  let v30 = (row + 6i) * 256i;
  let v31 = v30 + column_0;
  store4_2(v31 >> 2u, c6_0);
  let v32 = v30 + column_1;
  store4_2(v32 >> 2u, c6_1);
  let v33 = (row + 7i) * 256i;
  let v34 = v33 + column_0;
  store4_2(v34 >> 2u, c7_0);
  let v35 = v33 + column_1;
  store4_2(v35 >> 2u, c7_1);
}
