import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  decodeCheckedSafetensors,
  decodeSafetensors,
  encodeCheckedSafetensors,
  encodeSafetensors,
  fromTyped,
  SafetensorsError,
  type TensorData,
} from "../../checkpoint/mod.ts";

const tensors = new Map<string, TensorData>([
  ["w", fromTyped(Float32Array.of(1, -2, 3.5, 0, 1e-9, NaN), [2, 3])],
  ['"gspace.sha256":"' + "0".repeat(64), fromTyped(Int32Array.of(7), [])],
  ["empty", fromTyped(new Float32Array(), [0, 5])],
]);
const metadata = { format: "test", text: `"gspace.sha256":"${"0".repeat(64)}"` };

Deno.test("a file with a checksum is an ordinary file, and equal contents give equal bytes", async () => {
  const file = await encodeCheckedSafetensors(tensors, metadata);
  assertEquals(file, await encodeCheckedSafetensors(tensors, new Map(Object.entries(metadata))));
  assertEquals(decodeSafetensors(file).tensors.get("w"), tensors.get("w"));
  const before = file.slice();
  const read = await decodeCheckedSafetensors(file);
  assertEquals(file, before);
  assertEquals([read.isChecked, Object.fromEntries(read.metadata)], [true, metadata]);
  assertEquals(new Set(read.tensors.keys()), new Set(tensors.keys()));
  const foreign = await decodeCheckedSafetensors(encodeSafetensors(tensors, metadata));
  assertEquals(foreign.isChecked, false);
});

Deno.test("a checked file inside a larger buffer is read", async () => {
  const file = await encodeCheckedSafetensors(tensors, metadata);
  const buffer = new Uint8Array(file.length + 20).fill(0xff);
  buffer.set(file, 8);
  assert((await decodeCheckedSafetensors(buffer.subarray(8, 8 + file.length))).isChecked);
});

Deno.test("every flipped bit in a file with a checksum is detected", async () => {
  const file = await encodeCheckedSafetensors(tensors, metadata);
  for (let bit = 0; bit < 8 * file.length; bit++) {
    const damaged = file.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    try {
      // only a flip in the checksum's key makes it a file without a checksum
      assertEquals((await decodeCheckedSafetensors(damaged)).isChecked, false, `bit ${bit}`);
      const text = new TextDecoder().decode(damaged.subarray(0, 4000));
      assertEquals(text.split('"gspace.sha256":"').length, 1, `bit ${bit}`);
    } catch (error) {
      assert(error instanceof SafetensorsError, `bit ${bit}: ${error}`);
    }
  }
});

Deno.test("truncated, extended, and swapped files are detected", async () => {
  const file = await encodeCheckedSafetensors(tensors, metadata);
  const swapped = file.slice();
  swapped.set(file.subarray(-8, -4), file.length - 12);
  swapped.set(file.subarray(-12, -8), file.length - 8);
  for (const bytes of [file.slice(0, -1), Uint8Array.of(...file, 0), swapped]) {
    await assertRejects(() => decodeCheckedSafetensors(bytes), SafetensorsError);
  }
});
