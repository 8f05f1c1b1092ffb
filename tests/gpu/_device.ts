import { assert } from "@std/assert";
import { type GpuBackend, openGpu, type OpenGpuOptions } from "../../gpu/mod.ts";

/**
 * Opens a backend of its own and hands out its device, which is otherwise out of reach.
 * @param limits to request instead of the adapter's maximum; `{}` for WebGPU's defaults
 */
export async function openWithDevice(
  options: OpenGpuOptions = {},
  limits?: Readonly<Record<string, number>>,
): Promise<{ gpu: GpuBackend; device: GPUDevice }> {
  const original = GPUAdapter.prototype.requestDevice;
  const devices: GPUDevice[] = [];
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await original.call(this, {
      ...descriptor,
      ...limits && { requiredLimits: limits },
    });
    devices.push(device);
    return device;
  };
  try {
    const gpu = await openGpu(options);
    assert(gpu && devices[0]);
    return { gpu, device: devices[0] };
  } finally {
    GPUAdapter.prototype.requestDevice = original;
  }
}
