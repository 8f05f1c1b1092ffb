import { assert, assertEquals, assertRejects } from "@std/assert";
import { concatenated } from "../../checkpoint/bytes.ts";
import { DatasetError } from "../../datasets/mod.ts";
import { gunzip, gunzipChunks, isGzip, unwrapGzip, unwrappedChunks } from "../../datasets/gzip.ts";
import { gzip, noise } from "./tiny_set.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const joined = (...parts: readonly Uint8Array[]): Bytes => concatenated(parts);

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Bytes> {
  return joined(...await Array.fromAsync(chunks));
}

/** Bytes that look like the start of a member, which deflate stores unchanged. */
const decoys = joined(
  ...Array.from({ length: 6 }, (_, i) => joined(noise(3000, i), Uint8Array.of(0x1f, 0x8b, 8, 0))),
);

Deno.test("gzip with any number of members of any length is decompressed completely", async () => {
  const contents: readonly (readonly Uint8Array[])[] = [
    [noise(50_000, 1)],
    [noise(50_000, 1), noise(70_000, 2)],
    [new Uint8Array(), noise(5, 1), new Uint8Array(), new Uint8Array(40_000)],
    Array.from({ length: 60 }, (_, i) => noise(i * 37, i)),
    [decoys],
    [decoys, decoys, noise(9, 9)],
  ];
  for (const parts of contents) {
    const packed = joined(...await Promise.all(parts.map((part) => gzip(joined(part)))));
    const whole = joined(...parts);
    assertEquals(await gunzip("t", packed, whole.length), whole);
    assertEquals(await gathered(gunzipChunks("t", packed)), whole);
    await assertRejects(() => gunzip("t", packed, whole.length + 1), DatasetError, "it gives");
    for (const bad of [packed.slice(0, -1), joined(packed, Uint8Array.of(7)), packed.slice(1)]) {
      await assertRejects(
        () => gathered(gunzipChunks("t", bad)),
        DatasetError,
        "complete gzip data",
      );
    }
    const last = packed.with(packed.length - 5, packed[packed.length - 5]! ^ 1);
    await assertRejects(
      () => gathered(gunzipChunks("t", last)),
      DatasetError,
      "complete gzip data",
    );
  }
});

Deno.test("gzip is recognized by its contents, and nested layers are removed", async () => {
  const plain = noise(30_000, 4);
  const twice = await gzip(await gzip(plain));
  const cases = [plain, await gzip(plain), twice, joined(twice, await gzip(new Uint8Array()))];
  for (const bytes of cases) {
    assertEquals(await unwrapGzip("t", bytes, plain.length), plain);
    if (isGzip(bytes)) {
      assertEquals(await gathered(unwrappedChunks("t", bytes, plain.length)), plain);
    }
  }
  assertEquals([isGzip(plain), isGzip(twice), isGzip(new Uint8Array(2))], [false, true, false]);
  for (const bytes of cases) {
    await assertRejects(() => unwrapGzip("t", bytes, plain.length - 1), DatasetError, "more");
  }
  const bomb = await gzip(await gzip(new Uint8Array(20 << 20)));
  await assertRejects(() => unwrapGzip("t", bomb, 1000), DatasetError, "more");
  assert(bomb.length < 1000);
});
