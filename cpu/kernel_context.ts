import type { ValueContext } from "./compiled_kernel.ts";
import type { WideKernels } from "./loops/wide_kernels.ts";
import type { NativeStrips } from "./matmul/native_strip.ts";
import type { NativeProgram } from "./native/native_program.ts";
import type { ModuleBuilder } from "./wasm/assembler.ts";

/** Where and how to generate a kernel's code. */
export interface KernelContext extends ValueContext {
  readonly module: ModuleBuilder;
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** The program's native code; `undefined` to generate WebAssembly alone. */
  readonly native?: NativeProgram | undefined;
  /** What turns loops into native code; `undefined` likewise. */
  readonly wide?: WideKernels | undefined;
  /** What turns tiles of matrix products into native code; `undefined` likewise. */
  readonly strips?: NativeStrips | undefined;
}
