// workgroups 8 × 1, slots 0 1w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
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
  let x0 = i32(u32(group));
  var sum1 = vec4f(0.0f);
  let v4 = x0 * 4096i;
  for (var i2 = lane; i2 < 1024i; i2 += 64i) {
    let x3 = 4 * i32(u32(i2));
    let v5 = v4 + x3;
    let v6 = load4_0(v5 >> 2u);
    sum1 = sum1 + v6;
  }
  let r7 = (sum1.x + sum1.y) + (sum1.z + sum1.w);
  scratch_f32[lane] = r7;
  workgroupBarrier();
  if (lane < 32) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 32]; }
  workgroupBarrier();
  if (lane < 16) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 16]; }
  workgroupBarrier();
  if (lane < 8) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 8]; }
  workgroupBarrier();
  if (lane < 4) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 4]; }
  workgroupBarrier();
  if (lane < 2) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 2]; }
  workgroupBarrier();
  if (lane < 1) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 1]; }
  workgroupBarrier();
  let r8 = scratch_f32[0];
  workgroupBarrier();
  if (lane == 0) {
    store_1(x0, r8);
  }
}
