import { assertEquals } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { choosePixelTiling } from "../../gpu/kernels/conv2d/choose_pixel_tile.ts";
import { type Case, sizesOf } from "./_conv2d.ts";

/** The tile of a forward convolution on a class of adapters, and the number of its sharers. */
function chosen(each: Case, adapterClass: "software" | "other"): readonly number[] | undefined {
  const conv = { kind: "conv2d", label: "conv", role: "forward", a: 0, b: 1, stores: [] } as const;
  const tiling = choosePixelTiling({ ...conv, sizes: sizesOf(each) }, adapterTable[adapterClass]);
  return tiling && [tiling.tile.channels, tiling.tile.pixels, tiling.sharers];
}

const window = { window: [3, 3], padding: [1, 1] } as const;

Deno.test("invocations share large tiles where there are too few tiles to keep a GPU busy", () => {
  // 2^21, 2^17, and 2^14 results
  assertEquals(chosen({ image: [128, 64, 16, 16], o: 64, ...window }, "other"), [8, 8, 1]);
  assertEquals(chosen({ image: [32, 64, 8, 8], o: 64, ...window }, "other"), [4, 8, 4]);
  assertEquals(chosen({ image: [2, 64, 8, 16], o: 64, ...window }, "other"), [4, 8, 4]);
});

Deno.test("each sharer has the same number of source channels, at least 8", () => {
  const sharersOf = (channels: number) =>
    chosen({ image: [2, channels, 8, 8], o: 64, ...window }, "other")?.at(-1);
  assertEquals([3, 15, 16, 31, 32, 34, 48].map(sharersOf), [1, 1, 2, 1, 4, 2, 4]);
  const groups = { image: [2, 64, 8, 8], o: 64, ...window, groups: 4 } as const;
  assertEquals(chosen(groups, "other")?.at(-1), 2);
});

Deno.test("invocations of a software adapter do not share tiles", () => {
  assertEquals(chosen({ image: [1, 64, 4, 4], o: 4, ...window }, "software")?.at(-1), 1);
});
