// workgroups 24 × 1, slots 1 0 3w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
@group(0) @binding(2) var<storage, read_write> s2: array<f32>;
fn store_2(i: i32, v: f32) { s2[i] = v; }
var<workgroup> tileA: array<vec4f, 64>;
var<workgroup> tileB: array<vec4f, 80>;
var<workgroup> sums: array<vec4f, 252>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let in0 = (group % 1i) * 4i;
  let out0 = (group % 1i) / 1i * 4i;
  let u = (group / 1i) % 3i;
  let channelGroup = (group % 3i) / 3i;
  let v0 = 0i;
  let part = group / 3i;
  let firstChunk = part * 1i;
  let endChunk = min(firstChunk + 1i, 8i);
  let inQuad = lane % 1i;
  let outQuad = (lane / 1i) % 1i * 1i;
  let share = lane / 1i;
  var c0_0 = vec4f();
  var c0_1 = vec4f();
  var c0_2 = vec4f();
  var c1_0 = vec4f();
  var c1_1 = vec4f();
  var c1_2 = vec4f();
  var c2_0 = vec4f();
  var c2_1 = vec4f();
  var c2_2 = vec4f();
  var c3_0 = vec4f();
  var c3_1 = vec4f();
  var c3_2 = vec4f();
  let item0 = lane + 0i;
  let line1 = (out0 + (item0 % 1i) * 4i) * 16i + (item0 / 1i);
  let place2 = ((item0 / 1i) * 4i) * 1i + item0 % 1i;
  let item3 = lane + 0i;
  let row4 = (item3 / 1i) / 2i;
  let column5 = (item3 / 1i) % 2i + 0i;
  let line6 = (in0 + (item3 % 1i) * 4i) * 16i + row4 * 2i + column5;
  let place7 = (row4 * 10i + column5 * 4i - -1i) * 1i + item3 % 1i;
  for (var chunk = firstChunk; chunk < endChunk; chunk += 1i) {
    let image = chunk / 1i;
    let rowChunk = (chunk / 1i) % 1i;
    let columnChunk = chunk % 1i;
    let row0 = rowChunk * 8i;
    let column0 = columnChunk * 8i;
    let sourceRow0 = row0 * 1i + u * 1i - 1i;
    let base8 = (image * 1i + channelGroup) * 64i + rowChunk * 16i;
    if (item0 < 16i) {
      let w9 = load4_0(base8 + line1 + 0i);
      let w10 = load4_0(base8 + line1 + 16i);
      let w11 = load4_0(base8 + line1 + 32i);
      let w12 = load4_0(base8 + line1 + 48i);
      tileA[place2 + 0i] = vec4f(w9[0], w10[0], w11[0], w12[0]);
      tileA[place2 + 1i] = vec4f(w9[1], w10[1], w11[1], w12[1]);
      tileA[place2 + 2i] = vec4f(w9[2], w10[2], w11[2], w12[2]);
      tileA[place2 + 3i] = vec4f(w9[3], w10[3], w11[3], w12[3]);
    }
    let base13 = (image * 1i + channelGroup) * 64i + sourceRow0 * 2i;
    if (item3 < 16i) {
      let inside14 = (sourceRow0 + row4 * 1i) >= 0i && (sourceRow0 + row4 * 1i) < 8i;
      let w15 = select(vec4f(), load4_1(base13 + line6 + 0i), inside14);
      let w16 = select(vec4f(), load4_1(base13 + line6 + 16i), inside14);
      let w17 = select(vec4f(), load4_1(base13 + line6 + 32i), inside14);
      let w18 = select(vec4f(), load4_1(base13 + line6 + 48i), inside14);
      tileB[place7 + 0i] = vec4f(w15[0], w16[0], w17[0], w18[0]);
      tileB[place7 + 1i] = vec4f(w15[1], w16[1], w17[1], w18[1]);
      tileB[place7 + 2i] = vec4f(w15[2], w16[2], w17[2], w18[2]);
      tileB[place7 + 3i] = vec4f(w15[3], w16[3], w17[3], w18[3]);
    }
    workgroupBarrier();
    for (var i = share; i < 8i; i += 64i) {
      let at = i * 8i + outQuad;
      let bt = ((i / 1i) * 10i + (i % 1i) * 8i + v0 * 1i) * 1i + inQuad;
      let x19 = tileA[at + 0i];
      let x20 = tileB[bt + 0i];
      let x21 = tileB[bt + 1i];
      let x22 = tileB[bt + 2i];
      c0_0 = fma(vec4f(x19[0]), x20, c0_0);
      c0_1 = fma(vec4f(x19[0]), x21, c0_1);
      c0_2 = fma(vec4f(x19[0]), x22, c0_2);
      c1_0 = fma(vec4f(x19[1]), x20, c1_0);
      c1_1 = fma(vec4f(x19[1]), x21, c1_1);
      c1_2 = fma(vec4f(x19[1]), x22, c1_2);
      c2_0 = fma(vec4f(x19[2]), x20, c2_0);
      c2_1 = fma(vec4f(x19[2]), x21, c2_1);
      c2_2 = fma(vec4f(x19[2]), x22, c2_2);
      c3_0 = fma(vec4f(x19[3]), x20, c3_0);
      c3_1 = fma(vec4f(x19[3]), x21, c3_1);
      c3_2 = fma(vec4f(x19[3]), x22, c3_2);
      let x23 = tileA[at + 1i];
      let x24 = tileB[bt + 3i];
      c0_0 = fma(vec4f(x23[0]), x21, c0_0);
      c0_1 = fma(vec4f(x23[0]), x22, c0_1);
      c0_2 = fma(vec4f(x23[0]), x24, c0_2);
      c1_0 = fma(vec4f(x23[1]), x21, c1_0);
      c1_1 = fma(vec4f(x23[1]), x22, c1_1);
      c1_2 = fma(vec4f(x23[1]), x24, c1_2);
      c2_0 = fma(vec4f(x23[2]), x21, c2_0);
      c2_1 = fma(vec4f(x23[2]), x22, c2_1);
      c2_2 = fma(vec4f(x23[2]), x24, c2_2);
      c3_0 = fma(vec4f(x23[3]), x21, c3_0);
      c3_1 = fma(vec4f(x23[3]), x22, c3_1);
      c3_2 = fma(vec4f(x23[3]), x24, c3_2);
      let x25 = tileA[at + 2i];
      let x26 = tileB[bt + 4i];
      c0_0 = fma(vec4f(x25[0]), x22, c0_0);
      c0_1 = fma(vec4f(x25[0]), x24, c0_1);
      c0_2 = fma(vec4f(x25[0]), x26, c0_2);
      c1_0 = fma(vec4f(x25[1]), x22, c1_0);
      c1_1 = fma(vec4f(x25[1]), x24, c1_1);
      c1_2 = fma(vec4f(x25[1]), x26, c1_2);
      c2_0 = fma(vec4f(x25[2]), x22, c2_0);
      c2_1 = fma(vec4f(x25[2]), x24, c2_1);
      c2_2 = fma(vec4f(x25[2]), x26, c2_2);
      c3_0 = fma(vec4f(x25[3]), x22, c3_0);
      c3_1 = fma(vec4f(x25[3]), x24, c3_1);
      c3_2 = fma(vec4f(x25[3]), x26, c3_2);
      let x27 = tileA[at + 3i];
      let x28 = tileB[bt + 5i];
      c0_0 = fma(vec4f(x27[0]), x24, c0_0);
      c0_1 = fma(vec4f(x27[0]), x26, c0_1);
      c0_2 = fma(vec4f(x27[0]), x28, c0_2);
      c1_0 = fma(vec4f(x27[1]), x24, c1_0);
      c1_1 = fma(vec4f(x27[1]), x26, c1_1);
      c1_2 = fma(vec4f(x27[1]), x28, c1_2);
      c2_0 = fma(vec4f(x27[2]), x24, c2_0);
      c2_1 = fma(vec4f(x27[2]), x26, c2_1);
      c2_2 = fma(vec4f(x27[2]), x28, c2_2);
      c3_0 = fma(vec4f(x27[3]), x24, c3_0);
      c3_1 = fma(vec4f(x27[3]), x26, c3_1);
      c3_2 = fma(vec4f(x27[3]), x28, c3_2);
      let x29 = tileA[at + 4i];
      let x30 = tileB[bt + 6i];
      c0_0 = fma(vec4f(x29[0]), x26, c0_0);
      c0_1 = fma(vec4f(x29[0]), x28, c0_1);
      c0_2 = fma(vec4f(x29[0]), x30, c0_2);
      c1_0 = fma(vec4f(x29[1]), x26, c1_0);
      c1_1 = fma(vec4f(x29[1]), x28, c1_1);
      c1_2 = fma(vec4f(x29[1]), x30, c1_2);
      c2_0 = fma(vec4f(x29[2]), x26, c2_0);
      c2_1 = fma(vec4f(x29[2]), x28, c2_1);
      c2_2 = fma(vec4f(x29[2]), x30, c2_2);
      c3_0 = fma(vec4f(x29[3]), x26, c3_0);
      c3_1 = fma(vec4f(x29[3]), x28, c3_1);
      c3_2 = fma(vec4f(x29[3]), x30, c3_2);
      let x31 = tileA[at + 5i];
      let x32 = tileB[bt + 7i];
      c0_0 = fma(vec4f(x31[0]), x28, c0_0);
      c0_1 = fma(vec4f(x31[0]), x30, c0_1);
      c0_2 = fma(vec4f(x31[0]), x32, c0_2);
      c1_0 = fma(vec4f(x31[1]), x28, c1_0);
      c1_1 = fma(vec4f(x31[1]), x30, c1_1);
      c1_2 = fma(vec4f(x31[1]), x32, c1_2);
      c2_0 = fma(vec4f(x31[2]), x28, c2_0);
      c2_1 = fma(vec4f(x31[2]), x30, c2_1);
      c2_2 = fma(vec4f(x31[2]), x32, c2_2);
      c3_0 = fma(vec4f(x31[3]), x28, c3_0);
      c3_1 = fma(vec4f(x31[3]), x30, c3_1);
      c3_2 = fma(vec4f(x31[3]), x32, c3_2);
      let x33 = tileA[at + 6i];
      let x34 = tileB[bt + 8i];
      c0_0 = fma(vec4f(x33[0]), x30, c0_0);
      c0_1 = fma(vec4f(x33[0]), x32, c0_1);
      c0_2 = fma(vec4f(x33[0]), x34, c0_2);
      c1_0 = fma(vec4f(x33[1]), x30, c1_0);
      c1_1 = fma(vec4f(x33[1]), x32, c1_1);
      c1_2 = fma(vec4f(x33[1]), x34, c1_2);
      c2_0 = fma(vec4f(x33[2]), x30, c2_0);
      c2_1 = fma(vec4f(x33[2]), x32, c2_1);
      c2_2 = fma(vec4f(x33[2]), x34, c2_2);
      c3_0 = fma(vec4f(x33[3]), x30, c3_0);
      c3_1 = fma(vec4f(x33[3]), x32, c3_1);
      c3_2 = fma(vec4f(x33[3]), x34, c3_2);
      let x35 = tileA[at + 7i];
      let x36 = tileB[bt + 9i];
      c0_0 = fma(vec4f(x35[0]), x32, c0_0);
      c0_1 = fma(vec4f(x35[0]), x34, c0_1);
      c0_2 = fma(vec4f(x35[0]), x36, c0_2);
      c1_0 = fma(vec4f(x35[1]), x32, c1_0);
      c1_1 = fma(vec4f(x35[1]), x34, c1_1);
      c1_2 = fma(vec4f(x35[1]), x36, c1_2);
      c2_0 = fma(vec4f(x35[2]), x32, c2_0);
      c2_1 = fma(vec4f(x35[2]), x34, c2_1);
      c2_2 = fma(vec4f(x35[2]), x36, c2_2);
      c3_0 = fma(vec4f(x35[3]), x32, c3_0);
      c3_1 = fma(vec4f(x35[3]), x34, c3_1);
      c3_2 = fma(vec4f(x35[3]), x36, c3_2);
    }
    workgroupBarrier();
  }
  workgroupBarrier();
  if (share > 0i) {
    let own = lane - 1i;
    sums[own + 0i] = c0_0;
    sums[own + 63i] = c0_1;
    sums[own + 126i] = c0_2;
    sums[own + 189i] = c1_0;
  }
  workgroupBarrier();
  if (share == 0i) {
    for (var i = lane; i < 63i; i += 1i) {
      c0_0 += sums[i + 0i];
      c0_1 += sums[i + 63i];
      c0_2 += sums[i + 126i];
      c1_0 += sums[i + 189i];
    }
  }
  workgroupBarrier();
  if (share > 0i) {
    let own = lane - 1i;
    sums[own + 0i] = c1_1;
    sums[own + 63i] = c1_2;
    sums[own + 126i] = c2_0;
    sums[own + 189i] = c2_1;
  }
  workgroupBarrier();
  if (share == 0i) {
    for (var i = lane; i < 63i; i += 1i) {
      c1_1 += sums[i + 0i];
      c1_2 += sums[i + 63i];
      c2_0 += sums[i + 126i];
      c2_1 += sums[i + 189i];
    }
  }
  workgroupBarrier();
  if (share > 0i) {
    let own = lane - 1i;
    sums[own + 0i] = c2_2;
    sums[own + 63i] = c3_0;
    sums[own + 126i] = c3_1;
    sums[own + 189i] = c3_2;
  }
  workgroupBarrier();
  if (share == 0i) {
    for (var i = lane; i < 63i; i += 1i) {
      c2_2 += sums[i + 0i];
      c3_0 += sums[i + 63i];
      c3_1 += sums[i + 126i];
      c3_2 += sums[i + 189i];
    }
  }
  let v37 = part * 144i;
  let v42 = u * 3i;
  if (share == 0i) {
    let v38 = (channelGroup * 4i + (out0 + outQuad * 4i + 0i)) * 36i;
    let v39 = v37 + v38;
    let v40 = (in0 + (inQuad + 0i) * 4i + 0i) * 9i;
    let v41 = v39 + v40;
    let v43 = v41 + v42;
    let v44 = v43 + (v0 + 0i);
    store_2(v44, c0_0[0]);
    let v45 = v43 + (v0 + 1i);
    store_2(v45, c0_1[0]);
    let v46 = v43 + (v0 + 2i);
    store_2(v46, c0_2[0]);
    let v47 = (in0 + (inQuad + 0i) * 4i + 1i) * 9i;
    let v48 = v39 + v47;
    let v49 = v48 + v42;
    let v50 = v49 + (v0 + 0i);
    store_2(v50, c0_0[1]);
    let v51 = v49 + (v0 + 1i);
    store_2(v51, c0_1[1]);
    let v52 = v49 + (v0 + 2i);
    store_2(v52, c0_2[1]);
    let v53 = (in0 + (inQuad + 0i) * 4i + 2i) * 9i;
    let v54 = v39 + v53;
    let v55 = v54 + v42;
    let v56 = v55 + (v0 + 0i);
    store_2(v56, c0_0[2]);
    let v57 = v55 + (v0 + 1i);
    store_2(v57, c0_1[2]);
    let v58 = v55 + (v0 + 2i);
    store_2(v58, c0_2[2]);
    let v59 = (in0 + (inQuad + 0i) * 4i + 3i) * 9i;
    let v60 = v39 + v59;
    let v61 = v60 + v42;
    let v62 = v61 + (v0 + 0i);
    store_2(v62, c0_0[3]);
    let v63 = v61 + (v0 + 1i);
    store_2(v63, c0_1[3]);
    let v64 = v61 + (v0 + 2i);
    store_2(v64, c0_2[3]);
    let v65 = (channelGroup * 4i + (out0 + outQuad * 4i + 1i)) * 36i;
    let v66 = v37 + v65;
    let v67 = v66 + v40;
    let v68 = v67 + v42;
    let v69 = v68 + (v0 + 0i);
    store_2(v69, c1_0[0]);
    let v70 = v68 + (v0 + 1i);
    store_2(v70, c1_1[0]);
    let v71 = v68 + (v0 + 2i);
    store_2(v71, c1_2[0]);
    let v72 = v66 + v47;
    let v73 = v72 + v42;
    let v74 = v73 + (v0 + 0i);
    store_2(v74, c1_0[1]);
    let v75 = v73 + (v0 + 1i);
    store_2(v75, c1_1[1]);
    let v76 = v73 + (v0 + 2i);
    store_2(v76, c1_2[1]);
    let v77 = v66 + v53;
    let v78 = v77 + v42;
    let v79 = v78 + (v0 + 0i);
    store_2(v79, c1_0[2]);
    let v80 = v78 + (v0 + 1i);
    store_2(v80, c1_1[2]);
    let v81 = v78 + (v0 + 2i);
    store_2(v81, c1_2[2]);
    let v82 = v66 + v59;
    let v83 = v82 + v42;
    let v84 = v83 + (v0 + 0i);
    store_2(v84, c1_0[3]);
    let v85 = v83 + (v0 + 1i);
    store_2(v85, c1_1[3]);
    let v86 = v83 + (v0 + 2i);
    store_2(v86, c1_2[3]);
    let v87 = (channelGroup * 4i + (out0 + outQuad * 4i + 2i)) * 36i;
    let v88 = v37 + v87;
    let v89 = v88 + v40;
    let v90 = v89 + v42;
    let v91 = v90 + (v0 + 0i);
    store_2(v91, c2_0[0]);
    let v92 = v90 + (v0 + 1i);
    store_2(v92, c2_1[0]);
    let v93 = v90 + (v0 + 2i);
    store_2(v93, c2_2[0]);
    let v94 = v88 + v47;
    let v95 = v94 + v42;
    let v96 = v95 + (v0 + 0i);
    store_2(v96, c2_0[1]);
    let v97 = v95 + (v0 + 1i);
    store_2(v97, c2_1[1]);
    let v98 = v95 + (v0 + 2i);
    store_2(v98, c2_2[1]);
    let v99 = v88 + v53;
    let v100 = v99 + v42;
    let v101 = v100 + (v0 + 0i);
    store_2(v101, c2_0[2]);
    let v102 = v100 + (v0 + 1i);
    store_2(v102, c2_1[2]);
    let v103 = v100 + (v0 + 2i);
    store_2(v103, c2_2[2]);
    let v104 = v88 + v59;
    let v105 = v104 + v42;
    let v106 = v105 + (v0 + 0i);
    store_2(v106, c2_0[3]);
    let v107 = v105 + (v0 + 1i);
    store_2(v107, c2_1[3]);
    let v108 = v105 + (v0 + 2i);
    store_2(v108, c2_2[3]);
    let v109 = (channelGroup * 4i + (out0 + outQuad * 4i + 3i)) * 36i;
    let v110 = v37 + v109;
    let v111 = v110 + v40;
    let v112 = v111 + v42;
    let v113 = v112 + (v0 + 0i);
    store_2(v113, c3_0[0]);
    let v114 = v112 + (v0 + 1i);
    store_2(v114, c3_1[0]);
    let v115 = v112 + (v0 + 2i);
    store_2(v115, c3_2[0]);
    let v116 = v110 + v47;
    let v117 = v116 + v42;
    let v118 = v117 + (v0 + 0i);
    store_2(v118, c3_0[1]);
    let v119 = v117 + (v0 + 1i);
    store_2(v119, c3_1[1]);
    let v120 = v117 + (v0 + 2i);
    store_2(v120, c3_2[1]);
    let v121 = v110 + v53;
    let v122 = v121 + v42;
    let v123 = v122 + (v0 + 0i);
    store_2(v123, c3_0[2]);
    let v124 = v122 + (v0 + 1i);
    store_2(v124, c3_1[2]);
    let v125 = v122 + (v0 + 2i);
    store_2(v125, c3_2[2]);
    let v126 = v110 + v59;
    let v127 = v126 + v42;
    let v128 = v127 + (v0 + 0i);
    store_2(v128, c3_0[3]);
    let v129 = v127 + (v0 + 1i);
    store_2(v129, c3_1[3]);
    let v130 = v127 + (v0 + 2i);
    store_2(v130, c3_2[3]);
  }
}

// workgroups 9 × 1, slots 3 2w
@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read_write> s1: array<f32>;
fn store_1(i: i32, v: f32) { s1[i] = v; }
var<workgroup> scratch_f32: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let share = lane / 16i;
  let row = group * 16i + lane % 16i;
  let x0 = i32(u32(row) % 3u);
  let t1 = u32(row) / 3u;
  let x2 = i32(t1 % 3u);
  let t3 = t1 / 3u;
  let x4 = i32(t3 % 4u);
  let t5 = t3 / 4u;
  let x6 = i32(t5);
  var sum7 = 0.0f;
  let x8 = i32(u32(share));
  let v9 = x8 * 144i;
  let v10 = x6 * 36i;
  let v11 = v9 + v10;
  let v12 = x4 * 9i;
  let v13 = v11 + v12;
  let v14 = x2 * 3i;
  let v15 = v13 + v14;
  let v16 = v15 + x0;
  let v17 = load_0(v16);
  sum7 = sum7 + v17;
  let x18 = i32(u32((share + 4i)));
  let v19 = x18 * 144i;
  let v20 = v19 + v10;
  let v21 = v20 + v12;
  let v22 = v21 + v14;
  let v23 = v22 + x0;
  let v24 = load_0(v23);
  sum7 = sum7 + v24;
  scratch_f32[lane] = sum7;
  workgroupBarrier();
  if (share < 2) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 32]; }
  workgroupBarrier();
  if (share < 1) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 16]; }
  workgroupBarrier();
  let r25 = scratch_f32[lane - share * 16];
  workgroupBarrier();
  let v26 = v10 + v12;
  let v27 = v26 + v14;
  let v28 = v27 + x0;
  if (share == 0) {
    store_1(v28, r25);
  }
}
