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
export async function assertRoundTrip(trip: RoundTrip, backend: Backend): Promise<void> {
  await check(trip, { backend, sameBits: true });
}

/** The same for a file of another structure than the program, which rounds differently. */
export async function assertNear(trip: RoundTrip, backend: Backend): Promise<void> {
  await check(trip, { backend, sameBits: false });
}

async function check(
  { results, copies, found }: RoundTrip,
  { backend, sameBits }: { readonly backend: Backend; readonly sameBits: boolean },
): Promise<void> {
  assertEquals(Object.keys(copies), Object.keys(results));
  for (const [name, result] of Object.entries(results)) {
    const [own] = await evaluate([result], { backend });
    const [copied] = await evaluate([copies[name]!], { backend });
    if (sameBits) assertEquals(copied, own, name);
    const { dims, data } = found[name]!;
    assertEquals(dims, result.shape, name);
    assertEquals(copies[name]!.shape, result.shape, name);
    for (const other of [copied!, data]) {
      const errors = Array.from(own!, (value, i) => Math.abs(value - other[i]!));
      assertLess(Math.max(0, ...errors), 1e-5, name);
    }
  }
}
