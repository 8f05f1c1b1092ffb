import { assert, assertEquals } from "@std/assert";
import { type Company, Pace } from "../../cpu/runtime/pace.ts";

/** Runs `count` times; gives how often there was company. */
function walk(pace: Pace, count: number, times: Readonly<Record<Company, number>>): number {
  let together = 0;
  for (let i = 0; i < count; i++) {
    if (pace.company === "together") together++;
    pace.record(times[pace.company]);
  }
  return together;
}

Deno.test("workers are used where they help, and seldom left out", () => {
  const together = walk(new Pace(), 10_000, { together: 1, alone: 1.8 });
  assert(together > 9_850, `${together} of 10000 runs`);
});

Deno.test("workers are left out where they hold up", () => {
  const together = walk(new Pace(), 10_000, { together: 2, alone: 1 });
  assert(together < 150, `${together} of 10000 runs`);
});

Deno.test("a choice is revised when the machine becomes busy, or quiet again", () => {
  const pace = new Pace();
  walk(pace, 5_000, { together: 1, alone: 2 });
  walk(pace, 600, { together: 3, alone: 2 });
  assertEquals(walk(pace, 100, { together: 3, alone: 2 }) < 20, true);
  walk(pace, 600, { together: 1, alone: 2 });
  assertEquals(walk(pace, 100, { together: 1, alone: 2 }) > 80, true);
});
