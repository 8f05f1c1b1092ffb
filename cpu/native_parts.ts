/** What generates native code. See `loadParts` in program_parts.ts. */
export { WideKernels } from "./loops/wide_kernels.ts";
export { NativeStrips } from "./matmul/native_strip.ts";
export { NativeProgram } from "./native/native_program.ts";
