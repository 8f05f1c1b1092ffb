import { DeviceError, GraphError } from "../graph/errors.ts";
import type { DeviceBuffer, Executable, Plan } from "../graph/plan.ts";
import { formatType, sameType } from "../graph/types.ts";
import { GpuDeviceBuffer } from "./device_buffer.ts";
import { inScope, typedError } from "./device_failures.ts";
import type { GpuDevice } from "./gpu_device.ts";
import { type Launch, MOST_BINDINGS, printLaunches } from "./launch.ts";
import type { PipelineLease } from "./pipelines.ts";
import type { StagedPlan } from "./kernels/stages.ts";
import { stagePlan } from "./stages.ts";
import { TURN_GROUP, Turns } from "./turns.ts";

interface BoundLaunch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number];
  readonly readsTurn: boolean;
}

/** Launches that run one after the other, as often as `turns` says. */
interface Section {
  readonly turns: number;
  readonly launches: readonly BoundLaunch[];
}

/** A compiled plan: pipelines, bind groups, and temporaries. */
export class GpuExecutable implements Executable {
  readonly plan: Plan;
  readonly #gpu: GpuDevice;
  readonly #externals: readonly GpuDeviceBuffer[];
  readonly #temporaries: readonly GPUBuffer[];
  readonly #sections: readonly Section[];
  /** The numbers of the turns; `undefined` if the plan has no loop. */
  readonly #turns: Turns | undefined;
  readonly #leases: readonly PipelineLease[];
  readonly #action: string;
  #isDisposed = false;

  private constructor(gpu: GpuDevice, plan: Plan, parts: {
    readonly externals: readonly GpuDeviceBuffer[];
    readonly temporaries: readonly GPUBuffer[];
    readonly sections: readonly Section[];
    readonly turns: Turns | undefined;
    readonly leases: readonly PipelineLease[];
  }) {
    this.plan = plan;
    this.#gpu = gpu;
    this.#externals = parts.externals;
    this.#temporaries = parts.temporaries;
    this.#sections = parts.sections;
    this.#turns = parts.turns;
    this.#leases = parts.leases;
    this.#action = `run "${plan.label}"`;
  }

  /** Creates pipelines, temporaries, and bind groups. Frees them again on failure. */
  static compile(
    gpu: GpuDevice,
    plan: Plan,
    buffers: ReadonlyMap<number, DeviceBuffer>,
  ): Promise<GpuExecutable> {
    return gpu.during(`compile "${plan.label}"`, () => GpuExecutable.#compile(gpu, plan, buffers));
  }

  static async #compile(
    gpu: GpuDevice,
    plan: Plan,
    buffers: ReadonlyMap<number, DeviceBuffer>,
  ): Promise<GpuExecutable> {
    const externals = bindExternals(gpu, plan, buffers);
    const staged = stagePlan(plan, gpu.profile);
    const sections = printSections(staged, gpu);
    const temporaries: GPUBuffer[] = [];
    const leases: PipelineLease[] = [];
    let turns: Turns | undefined;
    try {
      staged.memories.forEach((bytes, i) =>
        temporaries.push(gpu.memory.create(`${plan.label}/temporary ${i}`, bytes))
      );
      const { slots } = staged;
      const bufferOf = slotBuffers({ label: plan.label, slots }, externals, temporaries);
      sections.flatMap(({ launches }) => launches)
        .forEach((launch) => checkAliases(slots, launch, bufferOf));
      turns = turnsOf(gpu, plan);
      const lease = (launch: Launch): PipelineLease => {
        const leased = gpu.pipelines.lease(launch);
        leases.push(leased);
        return leased;
      };
      const bound = await Promise.all(sections.map(async ({ turns, launches }) => ({
        turns,
        launches: await Promise.all(
          launches.map((launch) => bind(gpu, launch, { lease: lease(launch), bufferOf })),
        ),
      })));
      gpu.check(`compile "${plan.label}"`);
      const parts = { externals: [...externals.values()], temporaries, sections: bound, leases };
      return new GpuExecutable(gpu, plan, { ...parts, turns });
    } catch (error) {
      turns?.[Symbol.dispose]();
      leases.forEach((lease) => lease[Symbol.dispose]());
      temporaries.forEach((buffer) => gpu.memory.destroy(buffer));
      throw error;
    }
  }

  run(): void {
    if (this.#isDisposed) throw new DeviceError(`Cannot ${this.#action}: it is disposed`);
    this.#gpu.check(this.#action);
    for (const buffer of this.#externals) buffer.use(this.#action);
    try {
      this.#submit();
    } catch (error) {
      throw typedError(error, this.#action);
    }
  }

  #submit(): void {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder({ label: this.plan.label });
    const pass = encoder.beginComputePass({ label: this.plan.label });
    for (const { turns, launches } of this.#sections) {
      for (let turn = 0; turn < turns; turn++) this.#encode(pass, launches, turn);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  #encode(pass: GPUComputePassEncoder, launches: readonly BoundLaunch[], turn: number): void {
    for (const { pipeline, bindGroup, workgroups, readsTurn } of launches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      if (readsTurn && this.#turns) {
        pass.setBindGroup(TURN_GROUP, this.#turns.bindGroup, [turn * this.#turns.stride]);
      }
      pass.dispatchWorkgroups(workgroups[0], workgroups[1]);
    }
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const buffer of this.#temporaries) this.#gpu.memory.destroy(buffer);
    for (const lease of this.#leases) lease[Symbol.dispose]();
    this.#turns?.[Symbol.dispose]();
  }
}

/** The launches of a plan by how often they run, in order. */
function printSections(
  staged: StagedPlan,
  { device: { limits }, profile }: GpuDevice,
): { readonly turns: number; readonly launches: readonly Launch[] }[] {
  const options = {
    slots: staged.slots,
    profile,
    maxSlots: Math.min(MOST_BINDINGS, limits.maxStorageBuffersPerShaderStage),
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
  };
  return sectionsOf(staged).map(({ turns, dispatches }) => ({
    turns,
    launches: dispatches.flatMap((dispatch) => printLaunches(dispatch, options)),
  }));
}

/** The dispatches of a plan by how often they run, in order. */
function sectionsOf(
  { dispatches, loops }: StagedPlan,
): { readonly turns: number; readonly dispatches: StagedPlan["dispatches"] }[] {
  const ends = [0, ...loops.flatMap(({ from, to }) => [from, to]), dispatches.length];
  return ends.slice(1).map((end, i) => ({
    turns: i % 2 === 1 ? loops[(i - 1) / 2]!.turns : 1,
    dispatches: dispatches.slice(ends[i]!, end),
  }));
}

function turnsOf(gpu: GpuDevice, { label, loops = [] }: Plan): Turns | undefined {
  if (loops.length === 0) return undefined;
  const count = Math.max(...loops.map(({ turns }) => turns));
  const layout = gpu.pipelines.turnLayout;
  return new Turns(gpu.device, gpu.memory, { label, count, layout });
}

function bindExternals(
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

function slotBuffers(
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
  const { workgroups, readsTurn } = launch;
  return { pipeline, bindGroup, workgroups, readsTurn };
}
