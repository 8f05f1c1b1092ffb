/** A backend that computes something else than its plans say: tests of the tests need faults. */
import type {
  Apply,
  Backend,
  DeviceBuffer,
  Executable,
  Kernel,
  Plan,
  Scalar,
  Store,
} from "../../graph/mod.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";

/** Changes a kernel, as a fault of a backend would. */
export type Fault = (kernel: Kernel) => Kernel;

/** Another backend, with a fault. */
export class FaultyBackend extends NarrowBackend {
  readonly #fault: Fault;

  constructor(backend: Backend, fault: Fault) {
    super(backend, {});
    this.#fault = fault;
  }

  override compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable> {
    const dispatches = plan.dispatches.map(({ kernels }) => ({
      kernels: kernels.map(this.#fault),
    }));
    return super.compile({ ...plan, dispatches }, buffers);
  }
}

/** The larger of two floats becomes the smaller. */
export const smallerForLarger: Fault = (kernel) => {
  const done = new Map<Scalar, Scalar>();
  const swap = (store: Store): Store => ({ ...store, value: swapExtremes(store.value, done) });
  if (kernel.kind !== "loop") return kernel;
  return {
    ...kernel,
    outerStores: kernel.outerStores.map(swap),
    innerStores: kernel.innerStores.map(swap),
  };
};

/** Each part once: as trees, shared expressions may be huge. */
function swapExtremes(scalar: Scalar, done: Map<Scalar, Scalar>): Scalar {
  if (!("args" in scalar)) return scalar;
  const known = done.get(scalar);
  if (known) return known;
  const { op, type } = scalar;
  const args = scalar.args.map((arg) => swapExtremes(arg, done));
  const swapped: Apply["op"] = op === "max" && type === "f32" ? "min" : op;
  const result = { ...scalar, op: swapped, args };
  done.set(scalar, result);
  return result;
}

/** Products of eight or more terms lose the last. */
export const shortProduct: Fault = (kernel) =>
  kernel.kind === "matmul" && kernel.k >= 8 ? { ...kernel, k: kernel.k - 1 } : kernel;

/** Reductions over an axis of seven or more lose the last of it. */
export const shortReduction: Fault = (kernel) => {
  const last = kernel.kind === "loop" ? kernel.inner.at(-1) ?? 0 : 0;
  return kernel.kind === "loop" && kernel.reductions.length > 0 && last >= 7
    ? { ...kernel, inner: kernel.inner.with(-1, last - 1) }
    : kernel;
};
