/** Plans written by hand, run on a backend and in plain float64 loops. */
import {
  type Backend,
  type DeviceBuffer,
  elementCount,
  type HostArray,
  type Kernel,
  type LoopKernel,
  type MatmulKernel,
  type Plan,
  rowMajorStrides,
  s,
  type Scalar,
  type ScalarType,
  type Shape,
  type TensorType,
} from "../../graph/mod.ts";
import type { AdapterProfile } from "../../gpu/adapter_profile.ts";
import { KernelTable, loadKernelParts } from "../../gpu/kernels/mod.ts";
import { runPlan } from "../reference/plan_runner.ts";
import { assertAllClose, type Tolerance } from "../support/close.ts";

const parts = await loadKernelParts();

/** All kernels, for a class of adapters. */
export function tableOf(profile: AdapterProfile): KernelTable {
  return new KernelTable(parts, profile);
}

/** A slot's type and the elements that it starts with. */
export interface SlotData {
  readonly type: TensorType;
  readonly data: HostArray;
}

/** An `f32` slot. */
export function floats(shape: Shape, data: ArrayLike<number>): SlotData {
  return { type: { dtype: "f32", shape }, data: Float32Array.from(data) };
}

/** An `i32` slot. */
export function integers(shape: Shape, data: ArrayLike<number>): SlotData {
  return { type: { dtype: "i32", shape }, data: Int32Array.from(data) };
}

/** A slot of zeros. */
export function zeros(dtype: TensorType["dtype"], shape: Shape): SlotData {
  const count = elementCount(shape);
  const data = {
    f32: () => new Float32Array(count),
    i32: () => new Int32Array(count),
    u32: () => new Uint32Array(count),
    bool: () => new Uint8Array(count),
    u8: () => new Uint8Array(count),
  }[dtype]();
  return { type: { dtype, shape }, data };
}

/** A plan whose slots are all external. */
export function externalPlan(
  dispatches: readonly (readonly Kernel[])[],
  slots: readonly SlotData[],
): Plan {
  return {
    label: "by hand",
    slots: slots.map(({ type }, i) => ({ kind: "external", type, label: `slot ${i}` })),
    dispatches: dispatches.map((kernels) => ({ kernels })),
    memories: [],
  };
}

/** An elementwise kernel, or one with reductions, with a label of its own. */
export function loop(parts: Partial<LoopKernel> & { readonly outer: Shape }): LoopKernel {
  return {
    kind: "loop",
    label: "loop",
    inner: [],
    reductions: [],
    outerStores: [],
    innerStores: [],
    ...parts,
  };
}

/** Loads a slot at a position of loop axes, given by their numbers. */
export function at(
  slot: number,
  shape: Shape,
  { axes, type = "f32", sizes = shape }: {
    readonly axes: readonly number[];
    readonly type?: ScalarType;
    /** Sizes of the loop axes where they differ from the slot's. */
    readonly sizes?: Shape;
  },
): Scalar {
  return s.load(slot, type, position(shape, axes, sizes));
}

/** The row-major index at a position of loop axes. */
export function position(shape: Shape, axes: readonly number[], sizes: Shape = shape): Scalar {
  const strides = rowMajorStrides(shape);
  return axes.reduce(
    (sum, axis, i) => s.add(sum, s.mul(s.axis(axis, sizes[i]!), s.int(strides[i]!))),
    s.int(0),
  );
}

/** A matrix product of row-major operands, either of which may be stored transposed. */
export function product(
  { m, n, k, transposed = "", batch = [] }: {
    readonly m: number;
    readonly n: number;
    readonly k: number;
    /** The operands that are stored transposed: `"a"`, `"b"` or `"ab"`. */
    readonly transposed?: string;
    readonly batch?: Shape;
  },
  stores: MatmulKernel["stores"],
): MatmulKernel {
  const operand = (slot: number, rows: number, columns: number, isTransposed: boolean) => ({
    slot,
    offset: 0,
    batchStrides: rowMajorStrides(batch).map((stride) => stride * rows * columns),
    rowStride: isTransposed ? 1 : columns,
    columnStride: isTransposed ? rows : 1,
  });
  return {
    kind: "matmul",
    label: "matmul",
    batch,
    m,
    n,
    k,
    a: operand(0, m, k, transposed.includes("a")),
    b: operand(1, k, n, transposed.includes("b")),
    stores,
  };
}

/** Runs the plan on a backend; gives what every slot holds afterwards. */
export async function runOn(
  backend: Backend,
  plan: Plan,
  slots: readonly SlotData[],
): Promise<HostArray[]> {
  const buffers: DeviceBuffer[] = [];
  try {
    const bound = new Map<number, DeviceBuffer>();
    slots.forEach(({ type, data }, slot) => {
      const buffer = backend.allocate(type, `slot ${slot}`);
      buffers.push(buffer);
      buffer.write(data);
      bound.set(slot, buffer);
    });
    using executable = await backend.compile(plan, bound);
    executable.run();
    return await backend.read(buffers);
  } finally {
    for (const buffer of buffers) buffer[Symbol.dispose]();
  }
}

/** Runs the plan on a backend and in float64 and compares every slot. */
export async function assertSameAsReference(
  backend: Backend,
  dispatches: readonly (readonly Kernel[])[],
  { slots, tolerance, what = "plan" }: {
    readonly slots: readonly SlotData[];
    readonly tolerance: Tolerance;
    readonly what?: string;
  },
): Promise<void> {
  const plan = externalPlan(dispatches, slots);
  const expected = slots.map(({ data }) => Float64Array.from(data));
  runPlan(plan, expected);
  const actual = await runOn(backend, plan, slots);
  actual.forEach((data, i) =>
    assertAllClose(data, expected[i]!, tolerance, `${what}, slot ${i} on ${backend.description}`)
  );
}

/** Elementwise: relative 1e-5. */
export const ELEMENTWISE: Tolerance = { relative: 1e-5, absolute: 1e-30 };
/** After a sum of up to 4096 terms of size one: relative 1e-4. */
export const SUMMED: Tolerance = { relative: 1e-4, absolute: 1e-4 };
