// workgroups 14 × 1, slots 0 1w
@group(0) @binding(0) var<storage, read> s0: array<u32>;
fn load_0(i: i32) -> i32 { return i32((s0[i >> 2u] >> ((u32(i) & 3u) * 8u)) & 255u); }
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
  let x0 = i32(u32(id) % 7u);
  let t1 = u32(id) / 7u;
  let x2 = i32(t1);
  let v3 = x0 * 32i;
  let v4 = v3 + x2;
  let v5 = x2 * 7i;
  let v6 = v5 + x0;
  let v7 = load_0(v6);
  let v8 = f32(v7);
  let v9 = v8 / 255.0f;
  store_1(v4, v9);
}
