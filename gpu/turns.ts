import type { DeviceMemory } from "./device_memory.ts";

/** The bind group with the numbers of the current turns of loops; see `SlotAccess`. */
const TURN_GROUP = 1;

/** The layout of that bind group: a number for each loop, whose place is given for each launch. */
export function turnLayout(device: GPUDevice, count: number): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label: "turn",
    entries: Array.from({ length: count }, (_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 4 },
    })),
  });
}

/**
 * The numbers of the turns of a plan's longest loop, in one buffer. A launch reads the turn of each
 * loop around it at an offset, so that all turns share their pipelines and bind groups.
 */
export class Turns {
  /** Bytes from one number to the next. */
  readonly stride: number;
  readonly #memory: DeviceMemory;
  readonly #buffer: GPUBuffer;
  readonly #bindGroups: readonly GPUBindGroup[];

  /** Makes the numbers of `turns` turns, for launches in up to as many loops as there are layouts. */
  constructor(
    device: GPUDevice,
    memory: DeviceMemory,
    { label, turns, layouts }: {
      readonly label: string;
      readonly turns: number;
      /** By number of loops, from 1. */
      readonly layouts: readonly GPUBindGroupLayout[];
    },
  ) {
    this.#memory = memory;
    this.stride = Math.max(16, device.limits.minUniformBufferOffsetAlignment);
    const words = new Int32Array(turns * this.stride / 4);
    for (let turn = 0; turn < turns; turn++) words[turn * this.stride / 4] = turn;
    this.#buffer = memory.create(
      `${label}/turns`,
      words.byteLength,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    device.queue.writeBuffer(this.#buffer, 0, words);
    const resource = { buffer: this.#buffer, size: 16 };
    this.#bindGroups = layouts.map((layout, i) => {
      const entries = Array.from({ length: i + 1 }, (_, binding) => ({ binding, resource }));
      return device.createBindGroup({ label: `${label}/turns`, layout, entries });
    });
  }

  /** Binds the turns of the outermost `count` loops; `turns` are those of all loops around. */
  bind(pass: GPUComputePassEncoder, count: number, turns: readonly number[]): void {
    const offsets = turns.slice(0, count).map((turn) => turn * this.stride);
    pass.setBindGroup(TURN_GROUP, this.#bindGroups[count - 1]!, offsets);
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.#memory.destroy(this.#buffer);
  }
}
