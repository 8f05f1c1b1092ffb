import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { SafetensorsError } from "../../checkpoint/mod.ts";
import { fuzz, FuzzFailure, type Target } from "./fuzz.ts";
import {
  csv,
  fileTargets,
  jpeg,
  npz,
  npzDataset,
  png,
  safetensors,
  safetensorsDataset,
} from "./targets.ts";
import { onnx } from "./onnx_target.ts";

/** An environment variable changes the seed: `GSPACE_FUZZ_SEED=7`. */
const seed = Number(Deno.env.get("GSPACE_FUZZ_SEED") ?? 1);

const counts: readonly (readonly [Target, number])[] = [
  [safetensors, 20_000],
  [safetensorsDataset, 2000],
  ...fileTargets.map((target) => [target, 2000] as const),
  [npz, 1000],
  [npzDataset, 1000],
  [png, 2000],
  [jpeg, 1000],
  [csv, 2000],
  [onnx, 500],
];

for (const [target, count] of counts) {
  Deno.test(`${count} damaged files give the reader's own errors: ${target.name}`, async () => {
    const { accepted, refused, rules } = await fuzz(target, { count, seed });
    assertEquals(accepted + refused, count);
    // harmless changes must be accepted, and harmful ones detected
    assertGreater(accepted, 0);
    assertGreater(refused, count / 3);
    assertGreater(rules, 1);
  });
}

/** A reader that trusts the file. */
const naive: Target = {
  ...safetensors,
  name: "naive safetensors",
  read: (file) => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const length = Number(view.getBigUint64(0, true));
    const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    for (const [, entry] of Object.entries(Object(header))) {
      const { shape } = Object(entry);
      if (Array.isArray(shape)) new Float32Array(shape.reduce((a, b) => a * b, 1));
    }
  },
};

Deno.test("a naive reader fails within a few files", async () => {
  const error = await assertRejects(() => fuzz(naive, { count: 1000, seed }), FuzzFailure);
  assert(/file \d+ of seed \d+ ended in \w*Error/.test(error.message), error.message);
});

Deno.test("a reader that trusts the sizes in a file is detected by its allocations", async () => {
  const believing: Target = {
    ...naive,
    read: (file) => {
      try {
        naive.read(file);
      } catch (error) {
        if (
          error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError
        ) {
          throw new SafetensorsError("caught");
        }
        throw error;
      }
    },
  };
  const error = await assertRejects(() => fuzz(believing, { count: 5000, seed }), FuzzFailure);
  assert(error.message.includes("TooMuchMemory"), error.message);
});

Deno.test("the same seed damages the same files", async () => {
  const run = async (seed: number) => {
    let sum = 0;
    const target: Target = {
      ...safetensors,
      read: (file) => {
        sum = (31 * sum + file.reduce((total, byte, i) => total + byte * (i + 1), 0)) % 1e9;
        return safetensors.read(file);
      },
    };
    return [await fuzz(target, { count: 300, seed }), sum] as const;
  };
  assertEquals(await run(5), await run(5));
  const [[, one], [, two]] = [await run(5), await run(6)];
  assert(one !== two);
});
