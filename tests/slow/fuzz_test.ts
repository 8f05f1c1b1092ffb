import { assertEquals } from "@std/assert";
import { fuzz, type Target } from "../fuzz/fuzz.ts";
import { fileTargets, npz, safetensors, safetensorsDataset } from "../fuzz/targets.ts";
import { onnx } from "../fuzz/onnx_target.ts";

const seed = Number(Deno.env.get("GSPACE_FUZZ_SEED") ?? 1);

const counts: readonly (readonly [Target, number])[] = [
  [safetensors, 1_000_000],
  [safetensorsDataset, 100_000],
  ...fileTargets.map((target) => [target, 100_000] as const),
  [npz, 20_000],
  [onnx, 50_000],
];

for (const [target, count] of counts) {
  Deno.test(`${count} broken files end in the reader's own errors: ${target.name}`, async () => {
    const result = await fuzz(target, { count, seed });
    console.log(`${target.name}: ${JSON.stringify(result)}`);
    assertEquals(result.accepted + result.refused, count);
  });
}
