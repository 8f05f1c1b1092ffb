import { openCpu } from "../cpu/mod.ts";
import { openGpu } from "../gpu/mod.ts";
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

/** Which device to use. */
export type DeviceName = "auto" | "gpu" | "cpu";

/** How to open a device. */
export interface OpenBackendOptions {
  /** Threads of the CPU backend; all cores unless told. */
  readonly threads?: number;
  /** Is told in one sentence which device was taken, and why. */
  readonly onChoice?: (reason: string) => void;
}

const optionRules: OptionRules<OpenBackendOptions> = {
  threads: optional(positiveWhole),
  onChoice: optional(callable),
};

/**
 * Opens the device to compute on.
 *
 * | name | takes |
 * | --- | --- |
 * | `"auto"` | a hardware GPU if there is one, else the CPU, which is faster than a GPU in software |
 * | `"gpu"` | any WebGPU adapter, also one in software |
 * | `"cpu"` | the CPU |
 *
 * @throws {DeviceError} if `"gpu"` is asked for and there is no adapter
 * @throws {RangeError} if there is no device of that name
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
    onChoice("the CPU, as asked for");
    return await cpu();
  }
  const gpu = await openGpu();
  if (name === "gpu") {
    if (!gpu) throw noAdapter();
    onChoice("WebGPU, as asked for");
    return gpu;
  }
  if (gpu && !gpu.adapter.isFallbackAdapter) {
    onChoice("the hardware GPU");
    return gpu;
  }
  onChoice(
    gpu
      ? "the CPU: the only WebGPU adapter computes in software, which is slower"
      : "the CPU: there is no WebGPU adapter",
  );
  gpu?.[Symbol.dispose]();
  return await cpu();
}

function noAdapter(): DeviceError {
  return new DeviceError(
    "Cannot open a GPU: WebGPU finds no adapter: install the GPU's Vulkan driver, or a software " +
      'one (on Debian: apt-get install mesa-vulkan-drivers), or use the device "cpu"',
  );
}
