import { DeviceError } from "../graph/errors.ts";
import { adapterClassOf } from "./detect_adapter.ts";
import { adapterTable } from "./adapter_table.ts";
import { type GpuBackend, WebGpuBackend } from "./backend.ts";
import { DeviceFailures } from "./device_failures.ts";
import { DeviceMemory } from "./device_memory.ts";
import { GpuDevice } from "./gpu_device.ts";
import type { OpenGpuOptions } from "./open_options.ts";

/** The device limits that the backend uses, requested at the adapter's maximum. */
const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Opens an adapter, with the options of `openGpu`. */
export async function openAdapter(
  adapter: GPUAdapter,
  options: OpenGpuOptions,
): Promise<GpuBackend> {
  const { memoryLimit = Infinity } = options;
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
