import type { DeviceMemory } from "./device_memory.ts";

/** The bind group with the number of the current turn of a loop; see `SlotAccess`. */
export const TURN_GROUP = 1;

/** The layout of that bind group: one number, whose place is given for each launch. */
export function turnLayout(device: GPUDevice): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label: "turn",
    entries: [{
      binding: 0,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 4 },
    }],
  });
}

/**
 * The numbers of the turns of a plan's longest loop, in one buffer. A launch reads its turn at an
 * offset, so that all turns share their pipelines and bind groups.
 */
export class Turns {
  readonly bindGroup: GPUBindGroup;
  /** Bytes from one number to the next. */
  readonly stride: number;
  readonly #memory: DeviceMemory;
  readonly #buffer: GPUBuffer;

  constructor(
    device: GPUDevice,
    memory: DeviceMemory,
    { label, count, layout }: {
      readonly label: string;
      readonly count: number;
      readonly layout: GPUBindGroupLayout;
    },
  ) {
    this.#memory = memory;
    this.stride = Math.max(16, device.limits.minUniformBufferOffsetAlignment);
    const words = new Int32Array(count * this.stride / 4);
    for (let turn = 0; turn < count; turn++) words[turn * this.stride / 4] = turn;
    this.#buffer = memory.create(
      `${label}/turns`,
      words.byteLength,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    device.queue.writeBuffer(this.#buffer, 0, words);
    const resource = { buffer: this.#buffer, size: 16 };
    const entries = [{ binding: 0, resource }];
    this.bindGroup = device.createBindGroup({ label: `${label}/turns`, layout, entries });
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.#memory.destroy(this.#buffer);
  }
}
