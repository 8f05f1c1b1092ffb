// workgroups 12 × 1, slots 1 0 3w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
@group(0) @binding(2) var<storage, read_write> s2: array<f32>;
fn store_2(i: i32, v: f32) { s2[i] = v; }

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 8i + lane;
  let in0 = (id % 2i) * 2i;
  let out0 = ((id / 2i) % 1i) * 4i;
  let u = (id / 2i) % 3i;
  let split = id / 6i;
  let image0 = (split / 2i) * 1i;
  let image1 = min(image0 + 1i, 8i);
  let row0 = (split % 2i) * 4i;
  let above = 1i - u * 1i;
  let first = max(row0, (above + 0i) / 1i);
  let most = min(row0 + 4i, 8i);
  let end = min(most, (above + 8i) / 1i);
  var c0_0_0 = 0.0;
  var c0_0_1 = 0.0;
  var c0_0_2 = 0.0;
  var c0_1_0 = 0.0;
  var c0_1_1 = 0.0;
  var c0_1_2 = 0.0;
  var c1_0_0 = 0.0;
  var c1_0_1 = 0.0;
  var c1_0_2 = 0.0;
  var c1_1_0 = 0.0;
  var c1_1_1 = 0.0;
  var c1_1_2 = 0.0;
  var c2_0_0 = 0.0;
  var c2_0_1 = 0.0;
  var c2_0_2 = 0.0;
  var c2_1_0 = 0.0;
  var c2_1_1 = 0.0;
  var c2_1_2 = 0.0;
  var c3_0_0 = 0.0;
  var c3_0_1 = 0.0;
  var c3_0_2 = 0.0;
  var c3_1_0 = 0.0;
  var c3_1_1 = 0.0;
  var c3_1_2 = 0.0;
  let in_0 = (in0 + 0i) * 16i;
  let in_1 = (in0 + 1i) * 16i;
  let out_0 = (out0 + 0i) * 16i;
  let out_1 = (out0 + 1i) * 16i;
  let out_2 = (out0 + 2i) * 16i;
  let out_3 = (out0 + 3i) * 16i;
  for (var n = image0; n < image1; n += 1i) {
    for (var i = first; i < end; i += 1i) {
      let rowA = n * 64i + (i * 1i - above) * 2i;
      let rowB = n * 64i + i * 2i;
      let x0 = load4_0(rowB + out_0 + 0i);
      let x1 = load4_0(rowB + out_1 + 0i);
      let x2 = load4_0(rowB + out_2 + 0i);
      let x3 = load4_0(rowB + out_3 + 0i);
      let x4 = load4_1(rowA + in_0 + 0i);
      c0_0_0 = fma(x4[2], x0[3], fma(x4[1], x0[2], fma(x4[0], x0[1], fma(vec4f()[3], x0[0], c0_0_0))));
      c1_0_0 = fma(x4[2], x1[3], fma(x4[1], x1[2], fma(x4[0], x1[1], fma(vec4f()[3], x1[0], c1_0_0))));
      c2_0_0 = fma(x4[2], x2[3], fma(x4[1], x2[2], fma(x4[0], x2[1], fma(vec4f()[3], x2[0], c2_0_0))));
      c3_0_0 = fma(x4[2], x3[3], fma(x4[1], x3[2], fma(x4[0], x3[1], fma(vec4f()[3], x3[0], c3_0_0))));
      c0_0_1 = fma(x4[3], x0[3], fma(x4[2], x0[2], fma(x4[1], x0[1], fma(x4[0], x0[0], c0_0_1))));
      c1_0_1 = fma(x4[3], x1[3], fma(x4[2], x1[2], fma(x4[1], x1[1], fma(x4[0], x1[0], c1_0_1))));
      c2_0_1 = fma(x4[3], x2[3], fma(x4[2], x2[2], fma(x4[1], x2[1], fma(x4[0], x2[0], c2_0_1))));
      c3_0_1 = fma(x4[3], x3[3], fma(x4[2], x3[2], fma(x4[1], x3[1], fma(x4[0], x3[0], c3_0_1))));
      let x5 = load4_1(rowA + in_0 + 1i);
      c0_0_2 = fma(x5[0], x0[3], fma(x4[3], x0[2], fma(x4[2], x0[1], fma(x4[1], x0[0], c0_0_2))));
      c1_0_2 = fma(x5[0], x1[3], fma(x4[3], x1[2], fma(x4[2], x1[1], fma(x4[1], x1[0], c1_0_2))));
      c2_0_2 = fma(x5[0], x2[3], fma(x4[3], x2[2], fma(x4[2], x2[1], fma(x4[1], x2[0], c2_0_2))));
      c3_0_2 = fma(x5[0], x3[3], fma(x4[3], x3[2], fma(x4[2], x3[1], fma(x4[1], x3[0], c3_0_2))));
      let x6 = load4_1(rowA + in_1 + 0i);
      c0_1_0 = fma(x6[2], x0[3], fma(x6[1], x0[2], fma(x6[0], x0[1], fma(vec4f()[3], x0[0], c0_1_0))));
      c1_1_0 = fma(x6[2], x1[3], fma(x6[1], x1[2], fma(x6[0], x1[1], fma(vec4f()[3], x1[0], c1_1_0))));
      c2_1_0 = fma(x6[2], x2[3], fma(x6[1], x2[2], fma(x6[0], x2[1], fma(vec4f()[3], x2[0], c2_1_0))));
      c3_1_0 = fma(x6[2], x3[3], fma(x6[1], x3[2], fma(x6[0], x3[1], fma(vec4f()[3], x3[0], c3_1_0))));
      c0_1_1 = fma(x6[3], x0[3], fma(x6[2], x0[2], fma(x6[1], x0[1], fma(x6[0], x0[0], c0_1_1))));
      c1_1_1 = fma(x6[3], x1[3], fma(x6[2], x1[2], fma(x6[1], x1[1], fma(x6[0], x1[0], c1_1_1))));
      c2_1_1 = fma(x6[3], x2[3], fma(x6[2], x2[2], fma(x6[1], x2[1], fma(x6[0], x2[0], c2_1_1))));
      c3_1_1 = fma(x6[3], x3[3], fma(x6[2], x3[2], fma(x6[1], x3[1], fma(x6[0], x3[0], c3_1_1))));
      let x7 = load4_1(rowA + in_1 + 1i);
      c0_1_2 = fma(x7[0], x0[3], fma(x6[3], x0[2], fma(x6[2], x0[1], fma(x6[1], x0[0], c0_1_2))));
      c1_1_2 = fma(x7[0], x1[3], fma(x6[3], x1[2], fma(x6[2], x1[1], fma(x6[1], x1[0], c1_1_2))));
      c2_1_2 = fma(x7[0], x2[3], fma(x6[3], x2[2], fma(x6[2], x2[1], fma(x6[1], x2[0], c2_1_2))));
      c3_1_2 = fma(x7[0], x3[3], fma(x6[3], x3[2], fma(x6[2], x3[1], fma(x6[1], x3[0], c3_1_2))));
      let x8 = load4_0(rowB + out_0 + 1i);
      let x9 = load4_0(rowB + out_1 + 1i);
      let x10 = load4_0(rowB + out_2 + 1i);
      let x11 = load4_0(rowB + out_3 + 1i);
      c0_0_0 = fma(x5[2], x8[3], fma(x5[1], x8[2], fma(x5[0], x8[1], fma(x4[3], x8[0], c0_0_0))));
      c1_0_0 = fma(x5[2], x9[3], fma(x5[1], x9[2], fma(x5[0], x9[1], fma(x4[3], x9[0], c1_0_0))));
      c2_0_0 = fma(x5[2], x10[3], fma(x5[1], x10[2], fma(x5[0], x10[1], fma(x4[3], x10[0], c2_0_0))));
      c3_0_0 = fma(x5[2], x11[3], fma(x5[1], x11[2], fma(x5[0], x11[1], fma(x4[3], x11[0], c3_0_0))));
      c0_0_1 = fma(x5[3], x8[3], fma(x5[2], x8[2], fma(x5[1], x8[1], fma(x5[0], x8[0], c0_0_1))));
      c1_0_1 = fma(x5[3], x9[3], fma(x5[2], x9[2], fma(x5[1], x9[1], fma(x5[0], x9[0], c1_0_1))));
      c2_0_1 = fma(x5[3], x10[3], fma(x5[2], x10[2], fma(x5[1], x10[1], fma(x5[0], x10[0], c2_0_1))));
      c3_0_1 = fma(x5[3], x11[3], fma(x5[2], x11[2], fma(x5[1], x11[1], fma(x5[0], x11[0], c3_0_1))));
      c0_0_2 = fma(vec4f()[0], x8[3], fma(x5[3], x8[2], fma(x5[2], x8[1], fma(x5[1], x8[0], c0_0_2))));
      c1_0_2 = fma(vec4f()[0], x9[3], fma(x5[3], x9[2], fma(x5[2], x9[1], fma(x5[1], x9[0], c1_0_2))));
      c2_0_2 = fma(vec4f()[0], x10[3], fma(x5[3], x10[2], fma(x5[2], x10[1], fma(x5[1], x10[0], c2_0_2))));
      c3_0_2 = fma(vec4f()[0], x11[3], fma(x5[3], x11[2], fma(x5[2], x11[1], fma(x5[1], x11[0], c3_0_2))));
      c0_1_0 = fma(x7[2], x8[3], fma(x7[1], x8[2], fma(x7[0], x8[1], fma(x6[3], x8[0], c0_1_0))));
      c1_1_0 = fma(x7[2], x9[3], fma(x7[1], x9[2], fma(x7[0], x9[1], fma(x6[3], x9[0], c1_1_0))));
      c2_1_0 = fma(x7[2], x10[3], fma(x7[1], x10[2], fma(x7[0], x10[1], fma(x6[3], x10[0], c2_1_0))));
      c3_1_0 = fma(x7[2], x11[3], fma(x7[1], x11[2], fma(x7[0], x11[1], fma(x6[3], x11[0], c3_1_0))));
      c0_1_1 = fma(x7[3], x8[3], fma(x7[2], x8[2], fma(x7[1], x8[1], fma(x7[0], x8[0], c0_1_1))));
      c1_1_1 = fma(x7[3], x9[3], fma(x7[2], x9[2], fma(x7[1], x9[1], fma(x7[0], x9[0], c1_1_1))));
      c2_1_1 = fma(x7[3], x10[3], fma(x7[2], x10[2], fma(x7[1], x10[1], fma(x7[0], x10[0], c2_1_1))));
      c3_1_1 = fma(x7[3], x11[3], fma(x7[2], x11[2], fma(x7[1], x11[1], fma(x7[0], x11[0], c3_1_1))));
      c0_1_2 = fma(vec4f()[0], x8[3], fma(x7[3], x8[2], fma(x7[2], x8[1], fma(x7[1], x8[0], c0_1_2))));
      c1_1_2 = fma(vec4f()[0], x9[3], fma(x7[3], x9[2], fma(x7[2], x9[1], fma(x7[1], x9[0], c1_1_2))));
      c2_1_2 = fma(vec4f()[0], x10[3], fma(x7[3], x10[2], fma(x7[2], x10[1], fma(x7[1], x10[0], c2_1_2))));
      c3_1_2 = fma(vec4f()[0], x11[3], fma(x7[3], x11[2], fma(x7[2], x11[1], fma(x7[1], x11[0], c3_1_2))));
    }
  }
  let v12 = split * 144i;
  let v13 = (out0 + 0i) * 36i;
  let v14 = v12 + v13;
  let v15 = (in0 + 0i) * 9i;
  let v16 = v14 + v15;
  let v17 = u * 3i;
  let v18 = v16 + v17;
  let v19 = v18 + 0i;
  store_2(v19, c0_0_0);
  let v20 = v18 + 1i;
  store_2(v20, c0_0_1);
  let v21 = v18 + 2i;
  store_2(v21, c0_0_2);
  let v22 = (in0 + 1i) * 9i;
  let v23 = v14 + v22;
  let v24 = v23 + v17;
  let v25 = v24 + 0i;
  store_2(v25, c0_1_0);
  let v26 = v24 + 1i;
  store_2(v26, c0_1_1);
  let v27 = v24 + 2i;
  store_2(v27, c0_1_2);
  let v28 = (out0 + 1i) * 36i;
  let v29 = v12 + v28;
  let v30 = v29 + v15;
  let v31 = v30 + v17;
  let v32 = v31 + 0i;
  store_2(v32, c1_0_0);
  let v33 = v31 + 1i;
  store_2(v33, c1_0_1);
  let v34 = v31 + 2i;
  store_2(v34, c1_0_2);
  let v35 = v29 + v22;
  let v36 = v35 + v17;
  let v37 = v36 + 0i;
  store_2(v37, c1_1_0);
  let v38 = v36 + 1i;
  store_2(v38, c1_1_1);
  let v39 = v36 + 2i;
  store_2(v39, c1_1_2);
  let v40 = (out0 + 2i) * 36i;
  let v41 = v12 + v40;
  let v42 = v41 + v15;
  let v43 = v42 + v17;
  let v44 = v43 + 0i;
  store_2(v44, c2_0_0);
  let v45 = v43 + 1i;
  store_2(v45, c2_0_1);
  let v46 = v43 + 2i;
  store_2(v46, c2_0_2);
  let v47 = v41 + v22;
  let v48 = v47 + v17;
  let v49 = v48 + 0i;
  store_2(v49, c2_1_0);
  let v50 = v48 + 1i;
  store_2(v50, c2_1_1);
  let v51 = v48 + 2i;
  store_2(v51, c2_1_2);
  let v52 = (out0 + 3i) * 36i;
  let v53 = v12 + v52;
  let v54 = v53 + v15;
  let v55 = v54 + v17;
  let v56 = v55 + 0i;
  store_2(v56, c3_0_0);
  let v57 = v55 + 1i;
  store_2(v57, c3_0_1);
  let v58 = v55 + 2i;
  store_2(v58, c3_0_2);
  let v59 = v53 + v22;
  let v60 = v59 + v17;
  let v61 = v60 + 0i;
  store_2(v61, c3_1_0);
  let v62 = v60 + 1i;
  store_2(v62, c3_1_1);
  let v63 = v60 + 2i;
  store_2(v63, c3_1_2);
}

// workgroups 9 × 1, slots 3 2w
@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read_write> s1: array<f32>;
fn store_1(i: i32, v: f32) { s1[i] = v; }

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 16 + lane;
  let x0 = i32(u32(id) % 3u);
  let t1 = u32(id) / 3u;
  let x2 = i32(t1 % 3u);
  let t3 = t1 / 3u;
  let x4 = i32(t3 % 4u);
  let t5 = t3 / 4u;
  let x6 = i32(t5);
  var sum7 = 0.0f;
  let v11 = x6 * 36i;
  let v13 = x4 * 9i;
  let v15 = x2 * 3i;
  for (var i9 = 0i; i9 < 16i; i9 += 4i) {
    let v10 = i9 * 144i;
    let v12 = v10 + v11;
    let v14 = v12 + v13;
    let v16 = v14 + v15;
    let v17 = v16 + x0;
    let v18 = load_0(v17);
    sum7 = sum7 + v18;
    let v19 = (i9 + 1i) * 144i;
    let v20 = v19 + v11;
    let v21 = v20 + v13;
    let v22 = v21 + v15;
    let v23 = v22 + x0;
    let v24 = load_0(v23);
    sum7 = sum7 + v24;
    let v25 = (i9 + 2i) * 144i;
    let v26 = v25 + v11;
    let v27 = v26 + v13;
    let v28 = v27 + v15;
    let v29 = v28 + x0;
    let v30 = load_0(v29);
    sum7 = sum7 + v30;
    let v31 = (i9 + 3i) * 144i;
    let v32 = v31 + v11;
    let v33 = v32 + v13;
    let v34 = v33 + v15;
    let v35 = v34 + x0;
    let v36 = load_0(v35);
    sum7 = sum7 + v36;
  }
  let v37 = v11 + v13;
  let v38 = v37 + v15;
  let v39 = v38 + x0;
  store_1(v39, sum7);
}
