/** Adds checks to the generated code of a program in checked mode. */
import type { Kernel } from "../../graph/kernel.ts";
import type { Plan } from "../../graph/plan.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type {
  FunctionBuilder,
  FunctionHandle,
  GlobalHandle,
  Local,
} from "../wasm/function_builder.ts";
import { KernelGuard } from "./kernel_guard.ts";
import { type Region, slotRegions } from "./regions.ts";
import { emitReport } from "./violation.ts";

export { takeViolation } from "./violation.ts";

/** Creates a guard for each kernel of a program, and holds their shared state. */
export class ProgramGuard {
  readonly #module: ModuleBuilder;
  readonly #plan: Pick<Plan, "slots">;
  readonly #report: FunctionHandle;
  /** Addresses of the slots of the current run, and of this thread's scratch memory. */
  readonly #table: GlobalHandle;
  readonly #scratch: GlobalHandle;
  readonly #regions: (readonly Region[])[] = [];

  constructor(module: ModuleBuilder, plan: Pick<Plan, "slots">, { shared }: { shared: boolean }) {
    this.#module = module;
    this.#plan = plan;
    [this.#table, this.#scratch] = [module.global(), module.global()];
    this.#report = emitReport(module, shared);
  }

  /** The regions that each kernel may access. */
  get regions(): readonly (readonly Region[])[] {
    return this.#regions;
  }

  /** Emits the start of a run, which records the addresses of the slots and the scratch memory. */
  begin(f: FunctionBuilder, table: Local, scratch: Local): void {
    f.get(table).globalSet(this.#table).get(scratch).globalSet(this.#scratch);
  }

  /** Compiles the plan's next kernel with its own guard. */
  compile<T extends { readonly scratchByteLength: number }>(kernel: Kernel, body: () => T): T {
    const globals = { table: this.#table, scratch: this.#scratch };
    const guard = new KernelGuard({
      module: this.#module,
      slots: slotRegions(kernel, this.#plan),
      kernel: this.#regions.length,
      report: this.#report,
      ...globals,
    });
    this.#module.guard = guard;
    const compiled = body();
    this.#module.guard = undefined;
    this.#regions.push(guard.finish(kernel.label, compiled.scratchByteLength));
    return compiled;
  }
}
