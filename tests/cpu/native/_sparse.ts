/** Runs kernels on a heap of 4 GiB, of which only the pages that are touched take up space. */
import { CALL_BYTES } from "../../../cpu/native/call_layout.ts";
import type { NativeMachine } from "../../../cpu/native/machine.ts";
import type { NativeTarget } from "../../../cpu/native/native_code.ts";
import { openNative } from "../../../cpu/native/open_native.ts";
import { compileProgram, type Program } from "../../../cpu/program.ts";
import { loadParts } from "../../../cpu/program_parts.ts";
import { ConstantPool } from "../../../cpu/runtime/constants.ts";
import { Heap, MAXIMUM_PAGES } from "../../../cpu/runtime/heap.ts";
import type { Kernel, Plan, TensorType } from "../../../graph/mod.ts";
import type { Instructions } from "./_native.ts";

/** A kernel and the types of its slots, without data. */
export interface KernelWithTypes {
  readonly kernel: Kernel;
  readonly types: readonly TensorType[];
}

/** The code of a kernel by itself, with native code for a target or without. */
export async function programOf(
  { kernel, types }: KernelWithTypes,
  { native, checked = false, heap = new Heap({ shared: false }) }: {
    readonly native: NativeTarget | undefined;
    readonly checked?: boolean;
    /** The heap of the program's constants. */
    readonly heap?: Heap;
  },
): Promise<Program> {
  const plan: Plan = {
    label: "large",
    slots: types.map((type, i) => ({ kind: "external", type, label: `slot ${i}` })),
    dispatches: [{ kernels: [kernel] }],
    memories: [],
  };
  const target = { shared: true, threads: 1, fused: true, mainMaySleep: true, checked, native };
  const parts = await loadParts(plan, target);
  return compileProgram(plan, { target, constants: new ConstantPool(heap), parts });
}

/** A heap of 4 GiB, whose first MiB it allocates. */
export function sparseHeap(): Heap {
  const heap = new Heap({ shared: true });
  const { memory } = heap;
  memory.grow(MAXIMUM_PAGES - memory.buffer.byteLength / 65536);
  return heap;
}

/** Bytes of a sparse heap that belong to scratch memory. */
const SCRATCH = { from: 2 ** 20, to: 2 ** 26 } as const;

/** The lowest byte address that slots of a sparse heap may have. */
export const FIRST_PLACE: number = SCRATCH.to;

/**
 * Runs a kernel whose slots are at some byte addresses of a sparse heap.
 * @param instructions those of native code, or `"off"`
 * @returns whether the program has native code
 */
export async function runSparse(
  kernel: KernelWithTypes,
  { instructions, checked, heap, places }: {
    readonly instructions: Instructions | "off";
    readonly checked: boolean;
    readonly heap: Heap;
    readonly places: readonly number[];
  },
): Promise<boolean> {
  const { memory } = heap;
  const engine = { fused: true, shared: true };
  using machine: NativeMachine | undefined = openNative(instructions, engine);
  const { code, nativeCode, scratchByteLength } = await programOf(kernel, {
    native: machine,
    checked,
    heap,
  });
  if (SCRATCH.from + scratchByteLength > SCRATCH.to) throw new Error("too much scratch memory");
  const [call, table] = [CALL_BYTES, 4 * places.length + 4].map((byteLength) =>
    heap.allocate(byteLength, "what a run needs")
  ) as [number, number];
  machine?.attach(memory, call);
  new Int32Array(memory.buffer).set([...places, SCRATCH.from], table / 4);
  const enter = nativeCode.length > 0 ? machine!.load(nativeCode).enter : () => {};
  const { instance } = await WebAssembly.instantiate(code, { host: { memory, enter } });
  (instance.exports["run"] as (...words: number[]) => void)(0, 0, table, call);
  return nativeCode.length > 0;
}
