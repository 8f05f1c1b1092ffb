/**
 * The devices of the bench: the CPU twice, with WebAssembly alone and with native code.
 * @module
 */
import { type Backend, DeviceError, openCpu, openGpu } from "../mod.ts";
import { openTimedGpu, type TimedGpu } from "./gpu_clock.ts";

/** Names of the devices, in the order in which they are measured. */
export const deviceNames = ["cpu", "native", "gpu"] as const;

/** Name of a device. */
export type DeviceName = (typeof deviceNames)[number];

/** A device, and its clock if it is a GPU. */
export interface OpenDevice {
  readonly backend: Backend;
  readonly gpu?: TimedGpu;
}

/** Opens a device to be timed; `null` if this machine does not have it. */
export async function openTimed(name: DeviceName): Promise<OpenDevice | null> {
  if (name === "gpu") {
    const gpu = await openTimedGpu();
    return gpu && { backend: gpu.backend, gpu };
  }
  const backend = await openDevice(name);
  return backend && { backend };
}

/** Opens a device; `null` if this machine does not have it. */
export async function openDevice(name: DeviceName): Promise<Backend | null> {
  if (name === "gpu") return await openGpu();
  return name === "cpu" ? openCpu({ native: "off" }) : openWidest();
}

function openWidest(): Backend | null {
  for (const native of ["avx512", "avx2"] as const) {
    try {
      return openCpu({ native });
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
  return null;
}
