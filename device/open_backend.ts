import { openCpu } from "../cpu/mod.ts";
import { openGpu, whyNoAdapter } from "../gpu/mod.ts";
import {
  type Backend,
  callable,
  checkOption,
  checkOptions,
  DeviceError,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
} from "../graph/mod.ts";

/** Device to compute on. */
export type DeviceName = "auto" | "gpu" | "cpu";

/** Options for `openBackend`. */
export interface OpenBackendOptions {
  /** Number of threads of the CPU backend. Default: all cores. */
  readonly threads?: number;
  /** Called with the device that was chosen, and why. */
  readonly onChoice?: (reason: string) => void;
}

const optionRules: OptionRules<OpenBackendOptions> = {
  threads: optional(positiveWhole),
  onChoice: optional(callable),
};

/**
 * Opens a backend. A page that computes on the GPU does not download what generates code for the
 * CPU, and vice versa.
 *
 * | name | opens |
 * | --- | --- |
 * | `"auto"` | a hardware GPU if there is one, otherwise the CPU, which is faster than a software GPU |
 * | `"gpu"` | any WebGPU adapter, including a software one |
 * | `"cpu"` | the CPU |
 *
 * @throws {DeviceError} if `"gpu"` is requested and there is no WebGPU adapter
 * @throws {RangeError} if there is no device of this name
 */
export async function openBackend(
  name: DeviceName = "auto",
  options: OpenBackendOptions = {},
): Promise<Backend> {
  checkOption("open a device", { name }, oneOf(["auto", "gpu", "cpu"]));
  checkOptions("open a device", options, optionRules);
  const { threads, onChoice = () => {} } = options;
  const cpu = () => openCpu(threads === undefined ? {} : { threads });
  if (name === "cpu") {
    onChoice("the CPU, as requested");
    return await cpu();
  }
  const gpu = await openGpu();
  if (name === "gpu") {
    if (!gpu) throw noAdapter();
    onChoice("WebGPU, as requested");
    return gpu;
  }
  if (gpu && !gpu.adapter.isFallbackAdapter) {
    onChoice("the hardware GPU");
    return gpu;
  }
  onChoice(
    gpu
      ? "the CPU: the only WebGPU adapter is a software one, which is slower"
      : `the CPU: ${whyNoAdapter()}`,
  );
  gpu?.[Symbol.dispose]();
  return await cpu();
}

const INSTALL = "install the GPU's Vulkan driver, or a software one (on Debian: apt-get install " +
  'mesa-vulkan-drivers), or use the device "cpu"';

function noAdapter(): DeviceError {
  return new DeviceError(
    `Cannot open a GPU: ${whyNoAdapter()}: ` +
      ("Deno" in globalThis ? INSTALL : 'use the device "cpu"'),
  );
}
