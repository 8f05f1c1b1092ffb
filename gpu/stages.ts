import { storesOf } from "../graph/kernel.ts";
import type { Dispatch, Plan, Slot } from "../graph/plan.ts";
import { mapSections } from "../graph/plan_sections.ts";
import { joinDispatches } from "./join_dispatches.ts";
import { MOST_KERNEL_BUFFERS } from "./launch.ts";
import type { GpuKernel } from "./kernels/gpu_kernel.ts";
import type { KernelTable } from "./kernels/mod.ts";
import type { Scratch, StagedPlan } from "./kernels/stages.ts";

/**
 * Splits kernels into stages where needed: a dispatch may get a dispatch before and one after it.
 * A kernel that packs a weight joins the dispatch of the previous convolution if possible, so that
 * it costs no extra launch. Small independent dispatches are joined.
 * @param mostBuffers maximum number of buffers that one kernel accesses
 */
export function stagePlan(
  plan: Plan,
  table: KernelTable,
  mostBuffers: number = MOST_KERNEL_BUFFERS,
): StagedPlan {
  const staging = new Staging(plan, table);
  const program = mapSections(plan, (dispatches) => staging.stage(dispatches));
  return joinDispatches({ ...staging.memory, ...program }, table, mostBuffers);
}

class Staging {
  readonly #table: KernelTable;
  readonly #slots: Slot[];
  readonly #memories: number[];
  /** The dispatches of the section so far. */
  #dispatches: { kernels: GpuKernel[] }[] = [];
  /** Two sets of scratch memory numbers, used alternately by dispatches with stages. */
  readonly #scratch: [number[], number[]] = [[], []];
  #scratchTurn = 0;
  /** The last dispatch with stages, and the slots written by it and after it. */
  #host: { readonly kernels: GpuKernel[]; readonly written: Set<number> } | undefined;

  constructor(plan: Plan, table: KernelTable) {
    this.#table = table;
    this.#slots = [...plan.slots];
    this.#memories = [...plan.memories];
  }

  /** The slots and memories of the plan, and scratch memory. */
  get memory(): Pick<StagedPlan, "slots" | "memories"> {
    return { slots: this.#slots, memories: this.#memories };
  }

  /** The stages of a section. Its kernels do not join dispatches of others, which run less often. */
  stage(dispatches: readonly Dispatch[]): StagedPlan["dispatches"] {
    this.#host = undefined;
    this.#dispatches = [];
    dispatches.forEach((dispatch) => this.#add(dispatch));
    return this.#dispatches;
  }

  #add({ kernels }: Dispatch): void {
    const scratch = this.#scratchMaker();
    const stages = kernels.map((kernel) => this.#table.stagesOf(kernel, scratch));
    const before = stages.map((stage) => stage.before).filter((kernel) => kernel !== undefined);
    const after = stages.map((stage) => stage.after).filter((kernel) => kernel !== undefined);
    const late = before.filter(({ kernel, source }) => !this.#rides(kernel, source));
    this.#push(late.map(({ kernel }) => kernel));
    const main = this.#push(stages.map((stage) => stage.main));
    if (stages.some((stage) => stage.before ?? stage.after)) {
      this.#host = { kernels: main, written: new Set() };
      this.#scratchTurn = 1 - this.#scratchTurn;
    }
    this.#push(after);
    for (const kernel of kernels) {
      storesOf(kernel).forEach(({ slot }) => this.#host?.written.add(slot));
    }
  }

  /** Adds the kernel to the host's dispatch, unless its source is written there or later. */
  #rides(kernel: GpuKernel, source: number): boolean {
    const host = this.#host;
    // A temporary's memory may still hold another value when the host runs.
    const isExternal = this.#slots[source]?.kind === "external";
    if (!host || !isExternal || host.written.has(source)) return false;
    host.kernels.push(kernel);
    return true;
  }

  #push(kernels: GpuKernel[]): GpuKernel[] {
    if (kernels.length > 0) this.#dispatches.push({ kernels });
    return kernels;
  }

  /**
   * Allocates scratch slots for one dispatch. Kernels that join the host write them while the host
   * still uses its own, so dispatches alternate between two sets of memory.
   */
  #scratchMaker(): Scratch {
    const numbers = this.#scratch[this.#scratchTurn === 0 ? 0 : 1];
    let taken = 0;
    return (elements, dtype = "f32") => {
      const nth = taken++;
      const memory = numbers[nth] ??= this.#memories.push(0) - 1;
      this.#memories[memory] = Math.max(this.#memories[memory] ?? 0, 4 * elements);
      return this.#slots.push({
        kind: "temporary",
        label: `scratch ${memory}`,
        type: { dtype, shape: [elements] },
        memory,
      }) - 1;
    };
  }
}
