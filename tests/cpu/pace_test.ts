import { assert, assertEquals } from "@std/assert";
import { type Mode, Pace } from "../../cpu/runtime/pace.ts";

/** Runs `count` times; returns how many of the runs used workers. */
function walk(pace: Pace, count: number, times: Readonly<Record<Mode, number>>): number {
  let parallel = 0;
  for (let i = 0; i < count; i++) {
    if (pace.mode === "parallel") parallel++;
    pace.record(times[pace.mode]);
  }
  return parallel;
}

Deno.test("workers are used where they speed runs up, and rarely left out", () => {
  const parallel = walk(new Pace(), 10_000, { parallel: 1, serial: 1.8 });
  assert(parallel > 9_850, `${parallel} of 10000 runs`);
});

Deno.test("workers are not used where they slow runs down", () => {
  const parallel = walk(new Pace(), 10_000, { parallel: 2, serial: 1 });
  assert(parallel < 150, `${parallel} of 10000 runs`);
});

Deno.test("the mode changes when the machine becomes busy or idle", () => {
  const pace = new Pace();
  walk(pace, 5_000, { parallel: 1, serial: 2 });
  walk(pace, 600, { parallel: 3, serial: 2 });
  assertEquals(walk(pace, 100, { parallel: 3, serial: 2 }) < 20, true);
  walk(pace, 600, { parallel: 1, serial: 2 });
  assertEquals(walk(pace, 100, { parallel: 1, serial: 2 }) > 80, true);
});
