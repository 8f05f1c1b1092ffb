// workgroups 8 × 1, slots 0 1w
@group(0) @binding(0) var<storage, read> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
@group(0) @binding(1) var<storage, read_write> s1: array<f32>;
fn store_1(i: i32, v: f32) { s1[i] = v; }
var<workgroup> scratch_f32: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let group = i32(workgroup.x);
  let share = lane;
  let x0 = i32(u32(group));
  var sum1 = vec4f(0.0f);
  let x2 = 4 * i32(u32(share));
  let v3 = x0 * 4096i;
  let v4 = v3 + x2;
  let v5 = load4_0(v4 >> 2u);
  sum1 = sum1 + v5;
  let x6 = 4 * i32(u32((share + 256i)));
  let v7 = v3 + x6;
  let v8 = load4_0(v7 >> 2u);
  sum1 = sum1 + v8;
  let x9 = 4 * i32(u32((share + 512i)));
  let v10 = v3 + x9;
  let v11 = load4_0(v10 >> 2u);
  sum1 = sum1 + v11;
  let x12 = 4 * i32(u32((share + 768i)));
  let v13 = v3 + x12;
  let v14 = load4_0(v13 >> 2u);
  sum1 = sum1 + v14;
  let r15 = (sum1.x + sum1.y) + (sum1.z + sum1.w);
  scratch_f32[lane] = r15;
  workgroupBarrier();
  if (share < 128) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 128]; }
  workgroupBarrier();
  if (share < 64) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 64]; }
  workgroupBarrier();
  if (share < 32) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 32]; }
  workgroupBarrier();
  if (share < 16) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 16]; }
  workgroupBarrier();
  if (share < 8) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 8]; }
  workgroupBarrier();
  if (share < 4) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 4]; }
  workgroupBarrier();
  if (share < 2) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 2]; }
  workgroupBarrier();
  if (share < 1) { scratch_f32[lane] = scratch_f32[lane] + scratch_f32[lane + 1]; }
  workgroupBarrier();
  let r16 = scratch_f32[lane - share * 1];
  workgroupBarrier();
  if (share == 0) {
    store_1(x0, r16);
  }
}
