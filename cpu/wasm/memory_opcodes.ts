/**
 * The WebAssembly instructions that address memory, by their names in the specification's text format.
 * For codes above 0xff, see opcodes.ts.
 */
import { accesses, ATOMIC, VECTOR } from "./opcode_groups.ts";

const scalarAccesses = accesses({
  i32: {
    load: [0x28, 2],
    load8_u: [0x2d, 0],
    store: [0x36, 2],
  },
  f32: {
    load: [0x2a, 2],
    store: [0x38, 2],
  },
  i64: {
    store: [0x37, 3],
  },
});

const vectorAccesses = accesses({
  v128: {
    load: [0x00, 4],
    load32_splat: [0x09, 2],
    store: [0x0b, 4],
    load32_zero: [0x5c, 2],
  },
}, VECTOR);

const atomicAccesses = accesses({
  memory: {
    "atomic.notify": [0x00, 2],
    "atomic.wait32": [0x01, 2],
  },
  i32: {
    "atomic.load": [0x10, 2],
    "atomic.store": [0x17, 2],
    "atomic.rmw.add": [0x1e, 2],
    "atomic.rmw.sub": [0x25, 2],
    "atomic.rmw.cmpxchg": [0x48, 2],
  },
  i64: {
    "atomic.load": [0x11, 3],
    "atomic.store": [0x18, 3],
    "atomic.rmw.cmpxchg": [0x49, 3],
  },
}, ATOMIC);

/** Instructions that address memory: [code, log2 of the natural alignment]. */
export const MEMORY_OPCODES = { ...scalarAccesses, ...vectorAccesses, ...atomicAccesses };

/** Instructions that move one lane between memory and a vector: [code, log2 alignment]. */
export const MEMORY_LANE_OPCODES = accesses({
  v128: {
    load32_lane: [0x56, 2],
    store32_lane: [0x5a, 2],
    store64_lane: [0x5b, 3],
  },
}, VECTOR);

/** Name of a load, store, or atomic instruction. */
export type MemoryOp = keyof typeof MEMORY_OPCODES;

/** Name of a one-lane load or store. */
export type MemoryLaneOp = keyof typeof MEMORY_LANE_OPCODES;
