import type { OptionRules } from "../graph/check_options.ts";
import { anything, numberIn, oneOf, optional } from "../graph/check_value.ts";
import { adapterClasses } from "./adapter_class.ts";
import type { AdapterProfile } from "./adapter_profile.ts";
import type { AdapterClass } from "./adapter_class.ts";

/** Options for `openGpu`. */
export interface OpenGpuOptions {
  /** Which adapter to prefer if there are several. Default: `"high-performance"`. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** Maximum bytes of device memory to use. Default: unlimited. */
  readonly memoryLimit?: number;
  /** Tune kernels for this class of adapters instead of the detected one. */
  readonly adapterClass?: AdapterClass;
  /** Overrides of individual tuning parameters, for measurements and tests. */
  readonly profile?: Partial<AdapterProfile>;
}

/** What the options must be. */
export const openGpuRules: OptionRules<OpenGpuOptions> = {
  powerPreference: optional(oneOf(["low-power", "high-performance"])),
  memoryLimit: optional(numberIn("(0, Infinity]")),
  adapterClass: optional(oneOf(adapterClasses)),
  profile: optional(anything),
};
