import { GraphError } from "../graph/errors.ts";
import type { DeviceBuffer, Plan } from "../graph/plan.ts";
import { formatType, sameType } from "../graph/types.ts";
import { GpuDeviceBuffer } from "./device_buffer.ts";
import { inScope } from "./device_failures.ts";
import type { GpuDevice } from "./gpu_device.ts";
import type { Launch } from "./launch.ts";
import type { PipelineLease } from "./pipelines.ts";

/** A launch that can be encoded. */
export interface BoundLaunch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number];
  readonly turns: number;
}

/**
 * Leases the pipelines of all launches and creates their bind groups. Each lease is added to
 * `leases` at once, so that the caller can end it if another launch fails.
 */
export async function bindLaunches(
  gpu: GpuDevice,
  launches: readonly Launch[],
  { slots, bufferOf, leases }: {
    readonly slots: Plan["slots"];
    readonly bufferOf: (slot: number) => GPUBuffer;
    readonly leases: PipelineLease[];
  },
): Promise<readonly BoundLaunch[]> {
  for (const launch of launches) checkAliases(slots, launch, bufferOf);
  const leaseAndBind = (launch: Launch): Promise<BoundLaunch> => {
    const lease = gpu.pipelines.lease(launch);
    leases.push(lease);
    return bind(gpu, launch, { lease, bufferOf });
  };
  return await Promise.all(launches.map(leaseAndBind));
}

/**
 * The buffers of a plan's external slots.
 * @throws {GraphError} if one is missing, of another device, or of another type
 */
export function bindExternals(
  gpu: GpuDevice,
  plan: Plan,
  buffers: ReadonlyMap<number, DeviceBuffer>,
): Map<number, GpuDeviceBuffer> {
  const externals = new Map<number, GpuDeviceBuffer>();
  plan.slots.forEach(({ kind, label, type }, slot) => {
    if (kind !== "external") return;
    const buffer = buffers.get(slot);
    const action = `compile "${plan.label}"`;
    if (!(buffer instanceof GpuDeviceBuffer) || !buffer.belongsTo(gpu)) {
      throw new GraphError(
        `Cannot ${action}: slot ${slot} ("${label}") needs a buffer of this backend: ` +
          `current buffer is ${buffer ? `"${buffer.label}" of another backend` : "missing"}`,
      );
    }
    if (!sameType(buffer.type, type)) {
      throw new GraphError(
        `Cannot ${action}: slot ${slot} ("${label}") holds ${formatType(type)}: ` +
          `current buffer is "${buffer.label}" of ${formatType(buffer.type)}`,
      );
    }
    externals.set(slot, buffer);
  });
  return externals;
}

/** Finds the buffer of a slot. */
export function slotBuffers(
  plan: Pick<Plan, "label" | "slots">,
  externals: ReadonlyMap<number, GpuDeviceBuffer>,
  temporaries: readonly GPUBuffer[],
): (slot: number) => GPUBuffer {
  return (number) => {
    const slot = plan.slots[number];
    if (slot?.kind === "window") return slotBuffers(plan, externals, temporaries)(slot.base);
    const buffer = slot?.kind === "temporary"
      ? temporaries[slot.memory]
      : externals.get(number)?.use(`compile "${plan.label}"`);
    if (buffer) return buffer;
    throw new GraphError(`Cannot compile "${plan.label}": slot ${number} has no memory`);
  };
}

/** WebGPU forbids binding a buffer twice in one dispatch if it is written. */
function checkAliases(
  slots: Plan["slots"],
  launch: Launch,
  bufferOf: (slot: number) => GPUBuffer,
): void {
  const seen = new Map<GPUBuffer, { slot: number; written: boolean }>();
  for (const { slot, written } of launch.bindings) {
    const buffer = bufferOf(slot);
    const other = seen.get(buffer);
    if (other && (other.written || written)) {
      const names = [other.slot, slot].map((each) => `${each} ("${slots[each]?.label}")`);
      throw new GraphError(
        `Cannot compile kernel "${launch.label}": slots of one dispatch that it writes ` +
          `do not share memory: current ${names.join(" and ")}`,
      );
    }
    seen.set(buffer, { slot, written: written || (other?.written ?? false) });
  }
}

/** Creates the bind group of a launch. */
async function bind(
  gpu: GpuDevice,
  launch: Launch,
  { lease, bufferOf }: {
    readonly lease: PipelineLease;
    readonly bufferOf: (slot: number) => GPUBuffer;
  },
): Promise<BoundLaunch> {
  const { pipeline, layout } = await lease.ready;
  const entries = launch.bindings.map(({ slot }, binding) => ({
    binding,
    resource: { buffer: bufferOf(slot) },
  }));
  const { made: bindGroup, error } = inScope(
    gpu.device,
    `bind the buffers of kernel "${launch.label}"`,
    () => gpu.device.createBindGroup({ label: launch.label, layout, entries }),
  );
  const found = await error;
  if (found) throw found;
  const { workgroups, turns } = launch;
  return { pipeline, bindGroup, workgroups, turns };
}
