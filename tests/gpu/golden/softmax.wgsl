// workgroups 4 × 1, slots 0 1w
@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read_write> s1: array<f32>;
fn store_1(i: i32, v: f32) { s1[i] = v; }
fn special(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}
fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & u32(0x7fffffffu)) > u32(0x7f800000u);
}
fn maximum(a: f32, b: f32) -> f32 {
  return select(max(a, b), a + b, isNan(a) | isNan(b));
}
fn exponential(x: f32) -> f32 {
  let c = clamp(x, f32(-104.0), f32(89.0));
  let n = round(c * 1.44269504);
  let r = (c - n * 0.693359375) + n * 2.12194440e-4;
  let p = (((0.00139476056 * r + 0.00836987309) * r + 0.0416662467) * r + 0.166665099) * r + 0.5;
  let e = i32(n);
  let half = e >> u32(1u);
  let scale = bitcast<f32>((half + 127) << u32(23u));
  let rest = bitcast<f32>((e - half + 127) << u32(23u));
  return select((1.0 + (r + r * r * p)) * scale * rest, x, isNan(x));
}

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let id = group * 16 + lane;
  let x0 = i32(u32(id));
  var sum1 = special(0xff800000u);
  let v2 = x0 * 10i;
  let v3 = v2 + 0i;
  let v4 = load_0(v3);
  sum1 = maximum(sum1, v4);
  let v5 = v2 + 1i;
  let v6 = load_0(v5);
  sum1 = maximum(sum1, v6);
  let v7 = v2 + 2i;
  let v8 = load_0(v7);
  sum1 = maximum(sum1, v8);
  let v9 = v2 + 3i;
  let v10 = load_0(v9);
  sum1 = maximum(sum1, v10);
  let v11 = v2 + 4i;
  let v12 = load_0(v11);
  sum1 = maximum(sum1, v12);
  let v13 = v2 + 5i;
  let v14 = load_0(v13);
  sum1 = maximum(sum1, v14);
  let v15 = v2 + 6i;
  let v16 = load_0(v15);
  sum1 = maximum(sum1, v16);
  let v17 = v2 + 7i;
  let v18 = load_0(v17);
  sum1 = maximum(sum1, v18);
  let v19 = v2 + 8i;
  let v20 = load_0(v19);
  sum1 = maximum(sum1, v20);
  let v21 = v2 + 9i;
  let v22 = load_0(v21);
  sum1 = maximum(sum1, v22);
  var sum23 = 0.0f;
  let v24 = v4 - sum1;
  let v25 = exponential(v24);
  sum23 = sum23 + v25;
  let v26 = v6 - sum1;
  let v27 = exponential(v26);
  sum23 = sum23 + v27;
  let v28 = v8 - sum1;
  let v29 = exponential(v28);
  sum23 = sum23 + v29;
  let v30 = v10 - sum1;
  let v31 = exponential(v30);
  sum23 = sum23 + v31;
  let v32 = v12 - sum1;
  let v33 = exponential(v32);
  sum23 = sum23 + v33;
  let v34 = v14 - sum1;
  let v35 = exponential(v34);
  sum23 = sum23 + v35;
  let v36 = v16 - sum1;
  let v37 = exponential(v36);
  sum23 = sum23 + v37;
  let v38 = v18 - sum1;
  let v39 = exponential(v38);
  sum23 = sum23 + v39;
  let v40 = v20 - sum1;
  let v41 = exponential(v40);
  sum23 = sum23 + v41;
  let v42 = v22 - sum1;
  let v43 = exponential(v42);
  sum23 = sum23 + v43;
  let v44 = v25 / sum23;
  store_1(v3, v44);
  let v45 = v27 / sum23;
  store_1(v5, v45);
  let v46 = v29 / sum23;
  store_1(v7, v46);
  let v47 = v31 / sum23;
  store_1(v9, v47);
  let v48 = v33 / sum23;
  store_1(v11, v48);
  let v49 = v35 / sum23;
  store_1(v13, v49);
  let v50 = v37 / sum23;
  store_1(v15, v50);
  let v51 = v39 / sum23;
  store_1(v17, v51);
  let v52 = v41 / sum23;
  store_1(v19, v52);
  let v53 = v43 / sum23;
  store_1(v21, v53);
}
