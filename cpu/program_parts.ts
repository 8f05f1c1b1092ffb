/**
 * The parts of the code generator that only some plans need. Each is a module of its own that is
 * loaded with the first plan that needs it, so that pages need not download the others.
 */
import type { Conv2dKernel, Kernel, MatmulKernel, ScatterKernel } from "../graph/kernel.ts";
import type { Plan } from "../graph/plan.ts";
import type { CompiledKernel } from "./compiled_kernel.ts";
import type { KernelContext } from "./kernel_context.ts";
import { loaded } from "./loaded.ts";
import { loadLongFunctions } from "./math/long_functions.ts";
import type { LongFunctions } from "./math/math_library.ts";

/** Kernels with code of their own. */
type FastKernel = MatmulKernel | Conv2dKernel | ScatterKernel;

type FastKind = FastKernel["kind"];

/** A kernel of one kind, typed so that its compiler can be looked up. */
type FastKernelOf<Kind extends FastKind> =
  & Extract<FastKernel, { kind: Kind }>
  & { readonly kind: Kind };

/** Compiles a kernel. */
type Compile<Kind extends FastKind> = (
  kernel: FastKernelOf<Kind>,
  context: KernelContext,
) => CompiledKernel;

type Compilers = { readonly [Kind in FastKind]: Compile<Kind> };

const compilers: { readonly [Kind in FastKind]: () => Promise<Compilers[Kind]> } = {
  matmul: async () => (await import("./matmul/kernel.ts")).compileMatmul,
  conv2d: async () => (await import("./conv2d/kernel.ts")).compileConv2d,
  scatter: async () => (await import("./scatter/kernel.ts")).compileScatter,
};

/** The parts that have been loaded for a plan. */
export interface ProgramParts {
  /** Compilers of the plan's kernels that are no loops. */
  readonly compilers: Partial<Compilers>;
  /** The plan's functions that are long. */
  readonly functions: LongFunctions;
  /** What checks generated code; `undefined` unless the plan is checked. */
  readonly checks: typeof import("./checked/program_guard.ts") | undefined;
  /** What generates native code; `undefined` if there is none. */
  readonly native: typeof import("./native_parts.ts") | undefined;
  /** What divides work among threads; `undefined` on one thread. */
  readonly threads: ThreadParts | undefined;
  /** What runs the plan's loops; `undefined` if it has none. */
  readonly loops: LoopParts | undefined;
}

/** What divides work among threads. */
export type ThreadParts = typeof import("./thread_parts.ts");

/** What runs the loops of plans. */
export type LoopParts = typeof import("./runtime/plan_loop.ts");

/** Loads the parts that a plan needs. */
export async function loadParts(
  { dispatches, loops = [] }: Pick<Plan, "dispatches" | "loops">,
  { checked, native, threads }: {
    readonly checked: boolean;
    readonly native?: object | undefined;
    readonly threads: number;
  },
): Promise<ProgramParts> {
  const kinds = new Set(dispatches.flatMap(({ kernels }) => kernels.map(({ kind }) => kind)));
  const [entries, functions, checks, nativeParts, threadParts, loopParts] = await Promise.all([
    Promise.all([...kinds].map(loadCompiler)),
    loadLongFunctions({ dispatches }),
    checked ? import("./checked/program_guard.ts") : undefined,
    native ? import("./native_parts.ts") : undefined,
    threads > 1 ? import("./thread_parts.ts") : undefined,
    loops.length > 0 ? import("./runtime/plan_loop.ts") : undefined,
  ]);
  return {
    compilers: Object.fromEntries(entries.flat()),
    functions,
    checks,
    native: nativeParts,
    threads: threadParts,
    loops: loopParts,
  };
}

async function loadCompiler(kind: Kernel["kind"]): Promise<[FastKind, Compilers[FastKind]][]> {
  return kind === "loop" ? [] : [[kind, await compilers[kind]()]];
}

/** Compiles a kernel that is no loop, of a plan whose parts have been loaded. */
export function compileFast<Kind extends FastKind>(
  kernel: FastKernelOf<Kind>,
  { compilers }: ProgramParts,
  context: KernelContext,
): CompiledKernel {
  const compile = loaded<Compilers[Kind]>(compilers[kernel.kind], `the compiler of ${kernel.kind}`);
  return compile(kernel, context);
}
