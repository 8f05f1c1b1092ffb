import { DeviceError } from "../../graph/errors.ts";
import type { VectorBytes } from "./registers.ts";

/** Which native code to use; see `OpenCpuOptions.native`. */
export type NativeOption = "auto" | "off" | "avx2" | "avx512";

/** The choices of {@linkcode NativeOption}. */
export const nativeOptions: readonly NativeOption[] = ["auto", "off", "avx2", "avx512"];

/** Names of the instruction sets, by their vectors. */
export const INSTRUCTIONS: Readonly<Record<VectorBytes, string>> = {
  16: "SSE",
  32: "AVX2",
  64: "AVX-512",
};

/** Why browsers and Node run no native code. */
export const NOT_DENO = "the runtime is not Deno";

/** Refuses instructions that cannot be used. */
export function nativeRefusal(option: NativeOption, current: string, cause?: unknown): DeviceError {
  return new DeviceError(
    `Cannot open cpu: native: "${option}" needs Deno with --allow-ffi on an x86-64 processor with ` +
      `these instructions, relaxed SIMD, and shared memory: ${current}`,
    { cause },
  );
}
