/**
 * The CPU backend: generates WebAssembly for plans and runs it on several threads.
 * @module
 */
import "../graph/dispose.ts";
export { openCpu, type OpenCpuOptions } from "./open.ts";
export type { NativeOption } from "./native/native_option.ts";
export type { CpuBackend } from "./backend.ts";
export { CheckError } from "./checked/check_error.ts";
