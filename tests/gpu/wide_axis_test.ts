import { assertEquals } from "@std/assert";
import { chooseWideAxis } from "../../gpu/wgsl/wide_axis.ts";
import { s } from "../../graph/mod.ts";
import { at, loop, position } from "./_plans.ts";

Deno.test("sums over an image are wide along its rows, whatever is loaded once per sum", () => {
  // A part of the variance of each channel: 16 of 128 images at a time.
  const sizes = [8, 16, 16, 32, 32];
  const image = at(0, sizes, { axes: [0, 2, 1, 3, 4], sizes: [8, 16, 16, 32, 32] });
  const [mean, scale] = [1, 2].map((slot) => s.load(slot, "f32", s.axis(1, 16)));
  const value = s.mul(s.sub(image, mean!), scale!);
  const sums = loop({
    outer: [8, 16],
    inner: [16, 32, 32],
    reductions: [{ combine: "sum", value }],
    outerStores: [{ slot: 3, index: position([8, 16], [0, 1]), value: s.result(0, "f32") }],
  });
  assertEquals(chooseWideAxis(sums), 4);
});

Deno.test("sums of columns are wide across the columns", () => {
  const sums = loop({
    outer: [16],
    inner: [64],
    reductions: [{ combine: "sum", value: at(0, [64, 16], { axes: [1, 0], sizes: [16, 64] }) }],
    outerStores: [{ slot: 1, index: s.axis(0, 16), value: s.result(0, "f32") }],
  });
  assertEquals(chooseWideAxis(sums), 0);
});

Deno.test("a load that is hoisted out of the last axis counts once per turn of the axis before", () => {
  // image[c, h, w] · row[h, c]: 8 turns of h for one channel, 4 of w in each.
  const image = at(0, [16, 8, 4], { axes: [0, 1, 2] });
  const row = at(1, [8, 16], { axes: [1, 0], sizes: [16, 8] });
  const kernel = loop({
    outer: [16],
    inner: [8, 4],
    reductions: [{ combine: "sum", value: s.mul(image, row) }],
    outerStores: [{ slot: 2, index: s.axis(0, 16), value: s.result(0, "f32") }],
  });
  // Along w, 32 loads of the image are saved by two each. Along c, the 8 of the row are, but the
  // image is loaded one by one.
  assertEquals(chooseWideAxis(kernel), 2);
});
