import { assert } from "@std/assert";
import { type GpuBackend, openGpu } from "../../gpu/mod.ts";

/** Opens a backend of its own and hands out its device, which is otherwise out of reach. */
export async function openWithDevice(): Promise<{ gpu: GpuBackend; device: GPUDevice }> {
  const original = GPUAdapter.prototype.requestDevice;
  const devices: GPUDevice[] = [];
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await original.apply(this, args);
    devices.push(device);
    return device;
  };
  try {
    const gpu = await openGpu();
    assert(gpu && devices[0]);
    return { gpu, device: devices[0] };
  } finally {
    GPUAdapter.prototype.requestDevice = original;
  }
}
