/** What an exported file must give: in onnxruntime, and imported again. */
import { assertEquals, assertLess } from "@std/assert";
import { evaluate, type Tensor } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import type { runOnnxNamed } from "./runtime.ts";

/** Numbers in [-1, 1). */
export function floats(shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const next = generator(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, () => 2 * next() - 1);
}

/** The results of a program, of its file imported again, and of its file in onnxruntime. */
export interface RoundTrip {
  readonly results: Readonly<Record<string, Tensor>>;
  readonly copies: Readonly<Record<string, Tensor>>;
  readonly found: Awaited<ReturnType<typeof runOnnxNamed>>;
}

/** The imported copy must have the same bits, and onnxruntime shapes and values up to 1e-5. */
export async function assertRoundTrip(
  { results, copies, found }: RoundTrip,
  backend: Backend,
): Promise<void> {
  assertEquals(Object.keys(copies), Object.keys(results));
  for (const [name, result] of Object.entries(results)) {
    const [own] = await evaluate([result], { backend });
    const [copied] = await evaluate([copies[name]!], { backend });
    assertEquals(copied, own, name);
    const { dims, data } = found[name]!;
    assertEquals(dims, result.shape, name);
    const errors = Array.from(own!, (value, i) => Math.abs(value - data[i]!));
    assertLess(Math.max(0, ...errors), 1e-5, name);
  }
}
