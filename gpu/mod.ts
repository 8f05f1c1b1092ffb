/**
 * The WebGPU backend: runs plans on a GPU or a software adapter.
 * @module
 */
import "../graph/dispose.ts";
export { openGpu, whyNoAdapter } from "./open.ts";
export type { OpenGpuOptions } from "./open_options.ts";
export type { AdapterInfo, GpuBackend, GpuMemoryUse } from "./backend.ts";
export type {
  AdapterProfile,
  Conv2dTile,
  Conv2dWeightTile,
  MatmulTile,
  WorkgroupChoice,
} from "./adapter_profile.ts";
export type { AdapterClass } from "./adapter_class.ts";
