/**
 * Profile of a plan: the time of each dispatch.
 * @module
 */
import type { Backend, DeviceBuffer, Kernel, Plan } from "../graph/mod.ts";
import { type Effort, measure } from "./measure.ts";

/** Time of a dispatch. */
export interface DispatchRow {
  /** Description of its kernels. */
  readonly name: string;
  /** Best time in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Times each dispatch of a plan separately, on zeros. The sum exceeds the time of the plan, because
 * each dispatch is a separate submission here.
 */
export async function profile(
  plan: Plan,
  backend: Backend,
  effort: Effort,
): Promise<DispatchRow[]> {
  using stack = new DisposableStack();
  const buffers = new Map<number, DeviceBuffer>();
  plan.slots.forEach(({ kind, type, label }, slot) => {
    if (kind === "external") buffers.set(slot, stack.use(backend.allocate(type, label)));
  });
  const marker = stack.use(backend.allocate({ dtype: "f32", shape: [1] }, "wait"));
  const rows: DispatchRow[] = [];
  for (const dispatch of plan.dispatches) {
    using executable = await backend.compile({ ...plan, dispatches: [dispatch] }, buffers);
    const job = {
      run: () => executable.run(),
      wait: async () => void await backend.read([marker]),
    };
    const { min } = await measure(job, effort);
    rows.push({ name: dispatch.kernels.map(describe).join(" | "), milliseconds: min });
  }
  return rows;
}

function describe(kernel: Kernel): string {
  if (kernel.kind !== "loop" && kernel.kind !== "matmul") return `${kernel.kind} ${kernel.label}`;
  if (kernel.kind === "matmul") {
    const { batch, m, k, n, a, b, label } = kernel;
    const layout = `${a.columnStride === 1 ? "N" : "T"}${b.columnStride === 1 ? "N" : "T"}`;
    return `matmul ${[...batch, m].join("x")}x${k}x${n} ${layout} ${label}`;
  }
  const axes = `${kernel.outer.join("x") || "1"}${kernel.inner.length > 0 ? " over " : ""}`;
  return `loop ${axes}${kernel.inner.join("x")} ${kernel.label}`;
}
