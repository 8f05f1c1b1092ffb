// workgroups 14 × 1, slots 0w 1w 2
@group(0) @binding(0) var<storage, read_write> s0: array<vec4f>;
fn load4_0(q: i32) -> vec4f { return s0[q]; }
fn store4_0(q: i32, v: vec4f) { s0[q] = v; }
@group(0) @binding(1) var<storage, read_write> s1: array<vec4f>;
fn load4_1(q: i32) -> vec4f { return s1[q]; }
fn store4_1(q: i32, v: vec4f) { s1[q] = v; }
@group(0) @binding(2) var<storage, read> s2: array<vec4f>;
fn load4_2(q: i32) -> vec4f { return s2[q]; }

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  let number0 = workgroup.x;
  let group0 = number0 * 7u / 14u;
  let number1 = number0 - group0;
  if ((number0 + 1u) * 7u / 14u > group0) {
    let group = i32(group0);
    let id = group * 16 + lane;
    if (id < 100) {
      let x0 = 4 * i32(u32(id));
      let v1 = load4_0(x0 >> 2u);
      let v2 = load4_1(x0 >> 2u);
      let v3 = v2 * vec4f(0.9f);
      let v4 = load4_2(x0 >> 2u);
      let v5 = v3 + v4;
      let v6 = v5 * vec4f(0.1f);
      let v7 = v1 - v6;
      store4_0(x0 >> 2u, v7);
      store4_1(x0 >> 2u, v5);
    }
  } else {
    let group = i32(number1);
    let id = group * 16 + lane;
    if (id < 100) {
      let x0 = 4 * i32(u32(id));
      let v1 = load4_1(x0 >> 2u);
      let v2 = v1 * vec4f(0.9f);
      let v3 = load4_2(x0 >> 2u);
      let v4 = v2 + v3;
      store4_1(x0 >> 2u, v4);
    }
  }
}
