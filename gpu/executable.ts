import { DeviceError } from "../graph/errors.ts";
import type { DeviceBuffer, Executable, Plan, PlanLoop } from "../graph/plan.ts";
import {
  mapSections,
  nestingOf,
  type Program,
  type Section,
  sectionsOf,
} from "../graph/plan_sections.ts";
import { bindExternals, bindLaunches, type BoundLaunch, slotBuffers } from "./bind_launches.ts";
import type { GpuDeviceBuffer } from "./device_buffer.ts";
import { typedError } from "./device_failures.ts";
import type { GpuDevice } from "./gpu_device.ts";
import { type Launch, MOST_BINDINGS, MOST_KERNEL_BUFFERS, printLaunches } from "./launch.ts";
import type { PipelineLease } from "./pipelines.ts";
import { KernelTable, loadKernelParts } from "./kernels/mod.ts";
import type { StagedPlan } from "./kernels/stages.ts";
import { stagePlan } from "./stages.ts";
import { Turns } from "./turns.ts";

/** A compiled plan: pipelines, bind groups, and temporaries. */
export class GpuExecutable implements Executable {
  readonly plan: Plan;
  readonly #gpu: GpuDevice;
  readonly #externals: readonly GpuDeviceBuffer[];
  readonly #temporaries: readonly GPUBuffer[];
  readonly #sections: readonly Section<BoundLaunch>[];
  /** The numbers of the turns; `undefined` if the plan has no loop. */
  readonly #turns: Turns | undefined;
  readonly #leases: readonly PipelineLease[];
  readonly #action: string;
  #isDisposed = false;

  private constructor(gpu: GpuDevice, plan: Plan, parts: {
    readonly externals: readonly GpuDeviceBuffer[];
    readonly temporaries: readonly GPUBuffer[];
    readonly sections: readonly Section<BoundLaunch>[];
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
    const { profile } = gpu;
    const table = new KernelTable(await loadKernelParts({ plan, profile }), profile);
    const externals = bindExternals(gpu, plan, buffers);
    const { maxStorageBuffersPerShaderStage } = gpu.device.limits;
    const mostBuffers = Math.min(MOST_KERNEL_BUFFERS, maxStorageBuffersPerShaderStage);
    const staged = stagePlan(plan, table, mostBuffers);
    const program = printProgram(staged, table, gpu);
    const temporaries: GPUBuffer[] = [];
    const leases: PipelineLease[] = [];
    let turns: Turns | undefined;
    try {
      staged.memories.forEach((bytes, i) =>
        temporaries.push(gpu.memory.create(`${plan.label}/temporary ${i}`, bytes))
      );
      const { slots } = staged;
      const bufferOf = slotBuffers({ label: plan.label, slots }, externals, temporaries);
      turns = turnsOf(gpu, plan);
      const bound = await bindLaunches(gpu, program.dispatches, { slots, bufferOf, leases });
      const sections = sectionsOf({ ...program, dispatches: bound });
      gpu.check(`compile "${plan.label}"`);
      const parts = { externals: [...externals.values()], temporaries, sections, leases };
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
    this.#encode(pass, this.#sections, []);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Encodes sections in the given turns of the loops around them, outermost first. */
  #encode(
    pass: GPUComputePassEncoder,
    sections: readonly Section<BoundLaunch>[],
    around: readonly number[],
  ): void {
    for (const section of sections) {
      if (section.kind === "loop") {
        const { loop: { turns }, body } = section;
        for (let turn = 0; turn < turns; turn++) this.#encode(pass, body, [...around, turn]);
        continue;
      }
      for (const { pipeline, bindGroup, workgroups, turns } of section.dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        if (turns > 0) this.#turns?.bind(pass, turns, around);
        pass.dispatchWorkgroups(workgroups[0], workgroups[1]);
      }
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

/** The launches of a plan, and its loops. */
function printProgram(
  staged: StagedPlan,
  table: KernelTable,
  { device: { limits } }: GpuDevice,
): Program<Launch> {
  const options = {
    slots: staged.slots,
    table,
    maxSlots: Math.min(MOST_BINDINGS, limits.maxStorageBuffersPerShaderStage),
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
  };
  return mapSections(
    staged,
    (dispatches) => dispatches.flatMap((dispatch) => printLaunches(dispatch, options)),
  );
}

function turnsOf(gpu: GpuDevice, { label, loops = [] }: Plan): Turns | undefined {
  if (loops.length === 0) return undefined;
  const depth = nestingOf(loops);
  const most = gpu.device.limits.maxDynamicUniformBuffersPerPipelineLayout;
  if (depth > most) {
    throw new DeviceError(
      `Cannot compile "${label}": on this device, loops may be nested ${most} deep: current ` +
        `depth is ${depth}: write out the steps of the shortest ones`,
    );
  }
  const layouts = Array.from({ length: depth }, (_, i) => gpu.pipelines.turnLayout(i + 1));
  return new Turns(gpu.device, gpu.memory, { label, turns: longest(loops), layouts });
}

/** The number of turns of the longest loop. */
function longest(loops: readonly PlanLoop[] = []): number {
  return Math.max(0, ...loops.flatMap(({ turns, loops }) => [turns, longest(loops)]));
}
