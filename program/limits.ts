import type { Limits } from "../graph/plan.ts";

/**
 * Limits that every backend meets: the defaults of WebGPU (`maxStorageBuffersPerShaderStage`,
 * `maxStorageBufferBindingSize`), which no device goes below, and how GPUs split reductions.
 */
export const portableLimits: Limits = {
  slotsPerDispatch: 8,
  slotsPerKernel: 8,
  bytesPerSlot: 2 ** 27,
  longRow: 4096,
  parallelRows: 32,
};
