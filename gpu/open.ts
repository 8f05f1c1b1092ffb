import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { anything, numberIn, oneOf, optional } from "../graph/check_value.ts";
import { DeviceError } from "../graph/errors.ts";
import { adapterClasses, adapterClassOf } from "./adapter_class.ts";
import type { AdapterProfile } from "./adapter_profile.ts";
import { type AdapterClass, adapterTable } from "./adapter_table.ts";
import { type GpuBackend, WebGpuBackend } from "./backend.ts";
import { DeviceFailures } from "./device_failures.ts";
import { DeviceMemory } from "./device_memory.ts";
import { GpuDevice } from "./gpu_device.ts";
import { profileRules } from "./profile_rules.ts";
import { withRuntimeDirectory } from "./runtime_directory.ts";

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

const optionRules: OptionRules<OpenGpuOptions> = {
  powerPreference: optional(oneOf(["low-power", "high-performance"])),
  memoryLimit: optional(numberIn("(0, Infinity]")),
  adapterClass: optional(oneOf(adapterClasses)),
  profile: optional(anything),
};

/** The device limits that the backend uses, requested at the adapter's maximum. */
const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/**
 * Opens the WebGPU backend. Resolves to `null` if there is no adapter.
 *
 * @throws {DeviceError} if the adapter does not provide a device.
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<GpuBackend | null> {
  checkOptions("open gpu", options, optionRules);
  checkOptions("open gpu", options.profile ?? {}, profileRules);
  const { powerPreference = "high-performance", memoryLimit = Infinity } = options;
  if (!("gpu" in navigator)) return null;
  const adapter = await withRuntimeDirectory(() =>
    navigator.gpu.requestAdapter({ powerPreference })
  );
  if (!adapter) return null;
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const device = await requestDevice(adapter);
  const detected = adapterClassOf({ description, vendor, architecture, isFallbackAdapter });
  const adapterClass = options.adapterClass ?? detected;
  const profile = { ...adapterTable[adapterClass], ...options.profile };
  const failures = new DeviceFailures(device);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const memory = new DeviceMemory(device, failures, {
    perBuffer: Math.min(maxBufferSize, maxStorageBufferBindingSize),
    total: memoryLimit,
  });
  const gpu = new GpuDevice({ device, profile, memory, failures });
  const info = { description, vendor, architecture, isFallbackAdapter, adapterClass };
  const backend = new WebGpuBackend(gpu, info);
  await backend.prepare();
  return backend;
}

/**
 * Requests a device with the limits that the backend uses. It uses no optional features.
 * @throws {DeviceError} if the adapter does not provide one
 */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { description } = adapter.info;
  try {
    return await adapter.requestDevice({
      label: "gspace",
      requiredLimits: Object.fromEntries(limitNames.map((name) => [name, adapter.limits[name]])),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message =
      `Cannot open adapter "${description}": it does not provide a device: current reason is ${reason}`;
    throw new DeviceError(message, { cause });
  }
}
