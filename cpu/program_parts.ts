/**
 * The parts of the code generator that only some plans need. Each is a module of its own that is
 * loaded with the first plan that needs it, so that pages need not download the others.
 */
import type { Conv2dKernel, Kernel, MatmulKernel, ScatterKernel } from "../graph/kernel.ts";
import type { Plan } from "../graph/plan.ts";
import type { CompiledKernel } from "./compiled_kernel.ts";
import type { KernelContext } from "./kernel_context.ts";
import { loadLongFunctions } from "./math/long_functions.ts";
import type { LongFunctions } from "./math/math_library.ts";

/** Kernels with faster code than that of their loop form. */
type FastKernel = MatmulKernel | Conv2dKernel | ScatterKernel;

type FastKind = FastKernel["kind"];

/** A kernel of one kind, typed so that its compiler can be looked up. */
type FastKernelOf<Kind extends FastKind> =
  & Extract<FastKernel, { kind: Kind }>
  & { readonly kind: Kind };

/** Compiles a kernel; `undefined` if it is a sum of no terms, which its loop form computes. */
type Compile<Kind extends FastKind> = (
  kernel: FastKernelOf<Kind>,
  context: KernelContext,
) => CompiledKernel | undefined;

type Compilers = { readonly [Kind in FastKind]: Compile<Kind> };

const compilers: { readonly [Kind in FastKind]: () => Promise<Compilers[Kind]> } = {
  matmul: async () => (await import("./matmul/kernel.ts")).compileMatmul,
  conv2d: async () => (await import("./conv2d/kernel.ts")).compileConv2d,
  scatter: async () => (await import("./scatter/kernel.ts")).compileScatter,
};

/** The parts that have been loaded for a plan. */
export interface ProgramParts {
  /** Compilers of the plan's kernels; other kernels are compiled in their loop form. */
  readonly compilers: Partial<Compilers>;
  /** The plan's functions that are long. */
  readonly functions: LongFunctions;
  /** What checks generated code; `undefined` unless the plan is checked. */
  readonly checks: typeof import("./checked/program_guard.ts") | undefined;
  /** What generates native code; `undefined` if there is none. */
  readonly native: typeof import("./native_parts.ts") | undefined;
}

/** Loads the parts that a plan needs. */
export async function loadParts(
  { dispatches }: Pick<Plan, "dispatches">,
  { checked, native }: { readonly checked: boolean; readonly native?: object | undefined },
): Promise<ProgramParts> {
  const kinds = new Set(dispatches.flatMap(({ kernels }) => kernels.map(({ kind }) => kind)));
  const [entries, functions, checks, nativeParts] = await Promise.all([
    Promise.all([...kinds].map(loadCompiler)),
    loadLongFunctions({ dispatches }),
    checked ? import("./checked/program_guard.ts") : undefined,
    native ? import("./native_parts.ts") : undefined,
  ]);
  return { compilers: Object.fromEntries(entries.flat()), functions, checks, native: nativeParts };
}

async function loadCompiler(kind: Kernel["kind"]): Promise<[FastKind, Compilers[FastKind]][]> {
  return kind === "loop" ? [] : [[kind, await compilers[kind]()]];
}

/** Compiles a kernel to fast code; `undefined` to use its loop form. */
export function compileFast(
  kernel: Kernel,
  { compilers }: ProgramParts,
  context: KernelContext,
): CompiledKernel | undefined {
  return kernel.kind === "loop" ? undefined : compileKind(kernel, compilers, context);
}

function compileKind<Kind extends FastKind>(
  kernel: FastKernelOf<Kind>,
  compilers: Partial<Compilers>,
  context: KernelContext,
): CompiledKernel | undefined {
  return compilers[kernel.kind]?.(kernel, context);
}
