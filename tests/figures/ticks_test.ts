import { assert, assertEquals } from "@std/assert";
import { intervalOf, plain, ticksOf, wholeTicks } from "../../figures/ticks.ts";

Deno.test("ticks are round numbers in the interval, without needless digits", () => {
  assertEquals(ticksOf([0, 10], "linear").labels, ["0", "2", "4", "6", "8", "10"]);
  assertEquals(ticksOf([0.483, 2.31], "linear").labels, ["0.5", "1.0", "1.5", "2.0"]);
  assertEquals(ticksOf([-0.031, 0.012], "linear").labels, [
    "−0.03",
    "−0.02",
    "−0.01",
    "0.00",
    "0.01",
  ]);
  assertEquals(ticksOf([0, 64000], "linear", 4).labels, ["0", "20,000", "40,000", "60,000"]);
});

Deno.test("logarithmic axes have ticks at powers of ten, and between them if there is room", () => {
  assertEquals(ticksOf([0.9, 11], "log").labels, ["1", "2", "5", "10"]);
  assertEquals(ticksOf([0.01, 1e4], "log").labels, [
    "0.01",
    "0.1",
    "1",
    "10",
    "100",
    "1,000",
    "10,000",
  ]);
  assertEquals(ticksOf([0.31, 0.42], "log").labels, ["0.35", "0.40"]);
});

Deno.test("an axis has a few ticks whatever the numbers are", () => {
  for (const [low, high] of [[-3, -1], [5, 5], [1e-7, 3e-7], [0, 1234], [1e9, 3e12]] as const) {
    for (const scale of low > 0 ? ["linear", "log"] as const : ["linear"] as const) {
      const interval = intervalOf([low, high], scale);
      const { values, labels } = ticksOf(interval, scale);
      assert(values.length >= 2 && values.length <= 12, `${scale} ${low} ${high}: ${values}`);
      assert(interval[0] <= low && interval[1] >= high && interval[1] > interval[0]);
      assertEquals(new Set(labels).size, labels.length, `${scale} ${low} ${high}: ${labels}`);
    }
  }
});

Deno.test("counts have ticks at whole numbers", () => {
  assertEquals(wholeTicks([1, 4], 5).labels, ["1", "2", "3", "4"]);
  assertEquals(wholeTicks([0, 100], 5).labels, ["0", "20", "40", "60", "80", "100"]);
  assertEquals(wholeTicks([0.95, 1.05], 5).labels, ["1"]);
});

Deno.test("plain() shows a number without needless digits", () => {
  assertEquals([0, 8, 0.25, 12350, -1.5, 1e-5, 2.5e7].map(plain), [
    "0",
    "8",
    "0.25",
    "12,350",
    "−1.5",
    "1e−5",
    "2.5e7",
  ]);
});
