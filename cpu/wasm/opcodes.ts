/**
 * The WebAssembly instructions that the backend uses and that do not address memory, by their names in
 * the specification's text format.
 *
 * Codes above 0xff carry their prefix byte in bits 16 to 23 and the sub-opcode below.
 */
import { named, VECTOR } from "./opcode_groups.ts";

const scalars = named({
  i32: {
    eqz: 0x45,
    eq: 0x46,
    ne: 0x47,
    lt_s: 0x48,
    lt_u: 0x49,
    gt_s: 0x4a,
    le_s: 0x4c,
    le_u: 0x4d,
    ge_s: 0x4e,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    div_s: 0x6d,
    div_u: 0x6e,
    rem_s: 0x6f,
    rem_u: 0x70,
    and: 0x71,
    or: 0x72,
    xor: 0x73,
    shl: 0x74,
    shr_s: 0x75,
    shr_u: 0x76,
    wrap_i64: 0xa7,
  },
  i64: {
    eq: 0x51,
    ne: 0x52,
    lt_s: 0x53,
    lt_u: 0x54,
    gt_s: 0x55,
    le_s: 0x57,
    ge_s: 0x59,
    add: 0x7c,
    sub: 0x7d,
    mul: 0x7e,
    and: 0x83,
    or: 0x84,
    shl: 0x86,
    shr_u: 0x88,
    extend_i32_u: 0xad,
    reinterpret_f64: 0xbd,
  },
  f64: {
    lt: 0x63,
    ge: 0x66,
    abs: 0x99,
    trunc: 0x9d,
    add: 0xa0,
    sub: 0xa1,
    mul: 0xa2,
    div: 0xa3,
    copysign: 0xa6,
    convert_i32_s: 0xb7,
    convert_i64_s: 0xb9,
    promote_f32: 0xbb,
  },
  f32: {
    add: 0x92,
    mul: 0x94,
    demote_f64: 0xb6,
  },
});

const vectors = named({
  i32x4: {
    splat: 0x11,
    eq: 0x37,
    ne: 0x38,
    lt_s: 0x39,
    lt_u: 0x3a,
    le_s: 0x3d,
    le_u: 0x3e,
    ge_u: 0x40,
    abs: 0xa0,
    neg: 0xa1,
    bitmask: 0xa4,
    shl: 0xab,
    shr_s: 0xac,
    shr_u: 0xad,
    add: 0xae,
    sub: 0xb1,
    mul: 0xb5,
    min_s: 0xb6,
    min_u: 0xb7,
    max_s: 0xb8,
    max_u: 0xb9,
    trunc_sat_f32x4_s: 0xf8,
    trunc_sat_f32x4_u: 0xf9,
  },
  i64x2: {
    splat: 0x12,
    shl: 0xcb,
    shr_s: 0xcc,
    add: 0xce,
    sub: 0xd1,
  },
  f64x2: {
    splat: 0x14,
    eq: 0x47,
    lt: 0x49,
    promote_low_f32x4: 0x5f,
    abs: 0xec,
    add: 0xf0,
    sub: 0xf1,
    mul: 0xf2,
    div: 0xf3,
    pmin: 0xf6,
    pmax: 0xf7,
    convert_low_i32x4_s: 0xfe,
  },
  f32x4: {
    eq: 0x41,
    ne: 0x42,
    lt: 0x43,
    gt: 0x44,
    le: 0x45,
    ge: 0x46,
    demote_f64x2_zero: 0x5e,
    ceil: 0x67,
    floor: 0x68,
    trunc: 0x69,
    nearest: 0x6a,
    abs: 0xe0,
    neg: 0xe1,
    sqrt: 0xe3,
    add: 0xe4,
    sub: 0xe5,
    mul: 0xe6,
    div: 0xe7,
    min: 0xe8,
    max: 0xe9,
    pmin: 0xea,
    pmax: 0xeb,
    convert_i32x4_s: 0xfa,
    convert_i32x4_u: 0xfb,
    // Relaxed: results may differ between machines (fused or not).
    relaxed_madd: 0x105,
    relaxed_nmadd: 0x106,
  },
  v128: {
    not: 0x4d,
    and: 0x4e,
    or: 0x50,
    xor: 0x51,
    bitselect: 0x52,
    any_true: 0x53,
  },
}, VECTOR);

/** Instructions without immediates: numeric, comparison, conversion, vector. */
export const PLAIN_OPCODES = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  ...scalars,
  "i32.trunc_sat_f64_u": 0xfc0003,
  ...vectors,
};

/** Instructions with a lane number as immediate. */
export const LANE_OPCODES = named({
  i32x4: {
    extract_lane: 0x1b,
    replace_lane: 0x1c,
  },
  f32x4: {
    extract_lane: 0x1f,
    replace_lane: 0x20,
  },
  f64x2: {
    extract_lane: 0x21,
    replace_lane: 0x22,
  },
}, VECTOR);

/** Name of an instruction without immediates. */
export type PlainOp = keyof typeof PLAIN_OPCODES;

/** Name of an instruction with a lane immediate. */
export type LaneOp = keyof typeof LANE_OPCODES;
