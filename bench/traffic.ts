/**
 * Memory traffic of a plan.
 * @module
 */
import {
  byteLength,
  elementCount,
  type Kernel,
  type LoopKernel,
  type Plan,
  type Scalar,
  type ScatterKernel,
  type Slot,
  slotNumber,
  slotsReadBy,
  slotsWrittenBy,
  type Store,
  visitScalars,
} from "../graph/mod.ts";
import { skipsEmptyRows } from "../graph/kernels/empty_rows.ts";

/** Minimum number of bytes that the kernels of a plan move; see `kernelBytes`. */
export function planBytes({ dispatches, slots }: Plan): number {
  return dispatches
    .flatMap(({ kernels }) => kernels)
    .reduce((sum, kernel) => sum + kernelBytes(kernel, slots), 0);
}

/**
 * Minimum number of bytes that a kernel moves: each slot that it reads or writes once, or fewer
 * elements if a loop, or the stores of a scatter, do not run often enough to reach all of them.
 */
export function kernelBytes(kernel: Kernel, slots: readonly Slot[]): number {
  const { loads, stores } = accessesOf(kernel);
  const bytesOf = (slot: number, accesses = Infinity) => {
    const type = slots[slot]?.type;
    const elements = type ? elementCount(type.shape) : 0;
    return type && elements > 0 ? byteLength(type) * Math.min(1, accesses / elements) : 0;
  };
  const reads = [...slotsReadBy(kernel)].map((slot) => bytesOf(slot, loads.get(slot)));
  const writes = [...slotsWrittenBy(kernel)].map((slot) => bytesOf(slot, stores.get(slot)));
  return [...reads, ...writes].reduce((sum, bytes) => sum + bytes, 0);
}

/** How often each slot is loaded and stored, by slot number. Without a number: often enough. */
interface Accesses {
  readonly loads: ReadonlyMap<number, number>;
  readonly stores: ReadonlyMap<number, number>;
}

const everything: Accesses = { loads: new Map(), stores: new Map() };

function accessesOf(kernel: Kernel): Accesses {
  if (kernel.kind === "loop") return accessesOfLoop(kernel);
  return kernel.kind === "scatter" ? accessesOfLoop(scatterStores(kernel)) : everything;
}

/** The stores of a scatter, which run for each row, or for those that change. */
function scatterStores(kernel: ScatterKernel): LoopKernel {
  const { label, rows, terms, columns, stores } = kernel;
  const visited = skipsEmptyRows(kernel) ? Math.min(rows, terms) : rows;
  const nothing = { inner: [], reductions: [], innerStores: [] };
  return { kind: "loop", label, outer: [visited, columns], outerStores: stores, ...nothing };
}

function accessesOfLoop(
  { outer, inner, reductions, outerStores, innerStores }: LoopKernel,
): Accesses {
  const loads = new Map<number, number>();
  const stores = new Map<number, number>();
  const count = (counts: Map<number, number>, slot: number, times: number) =>
    void counts.set(slot, (counts.get(slot) ?? 0) + times);
  const load = (scalars: readonly Scalar[], times: number) =>
    visitScalars(scalars, (scalar) => {
      if (scalar.op === "load") count(loads, slotNumber(scalar.source), times);
    });
  const store = ({ slot, index, value }: Store, times: number) => {
    load([index, value], times);
    count(stores, slot, times);
  };
  const outerRuns = elementCount(outer);
  const innerRuns = outerRuns * elementCount(inner);
  reductions.forEach(({ value }) => load([value], innerRuns));
  innerStores.forEach((each) => store(each, innerRuns));
  outerStores.forEach((each) => store(each, outerRuns));
  return { loads, stores };
}
