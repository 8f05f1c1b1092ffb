/** Takes the place of cpu/native/processor.ts in `deno task test-avx2`: no processor has AVX-512. */
import { detectVectorBytes as detectWidest } from "../../../cpu/native/processor.ts";
import type { System } from "../../../cpu/native/system.ts";

export * from "../../../cpu/native/processor.ts";

/** Width of the widest vectors with fused multiply-add, in bytes, but at most those of AVX2. */
export function detectVectorBytes(system: System): 16 | 32 {
  return detectWidest(system) === 16 ? 16 : 32;
}
