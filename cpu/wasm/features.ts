/** Detects the features of the host's WebAssembly engine. */

import { ModuleBuilder } from "./assembler.ts";
import type { FunctionBuilder } from "./function_builder.ts";

/** Features beyond the first version of WebAssembly. */
interface WasmFeatures {
  /** 128-bit vectors, which the CPU backend requires. */
  readonly simd: boolean;
  /** Relaxed SIMD, used for its fused multiply-add. */
  readonly relaxedSimd: boolean;
  /** Shared memory and atomics. */
  readonly threads: boolean;
}

/** Detects the engine's features by validating tiny modules. */
export function detectWasmFeatures(): WasmFeatures {
  return {
    simd: validates((f) => f.f32x4(1).op("f32x4.sqrt", "drop")),
    relaxedSimd: validates((f) => f.f32x4(1).f32x4(2).f32x4(3).op("f32x4.relaxed_madd", "drop")),
    threads: canShareMemory() &&
      validates((f) => f.i32(0).memory("i32.atomic.load").op("drop"), true),
  };
}

function validates(body: (f: FunctionBuilder) => unknown, shared: boolean = false): boolean {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
    shared,
  });
  module.function("probe", {}, (f) => void body(f));
  return WebAssembly.validate(module.bytes());
}

// Pages that are not cross-origin isolated validate atomics but cannot create shared memory.
function canShareMemory(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return typeof SharedArrayBuffer !== "undefined" &&
      memory.buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}
