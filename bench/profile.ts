/**
 * Where the time of a plan goes: each dispatch by itself.
 * @module
 */
import type { Backend, DeviceBuffer, Kernel, Plan } from "../graph/mod.ts";
import { type Effort, measure } from "./measure.ts";

/** One dispatch of a plan. */
export interface DispatchRow {
  /** Its kernels, in words. */
  readonly name: string;
  /** Best time in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Times every dispatch of a plan by itself, on zeros. The sum passes the time of the whole plan,
 * because each dispatch is a submit of its own here.
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
