import { assertEquals } from "@std/assert";
import { CheckpointClock } from "../../../cli/checkpoints/clock.ts";

Deno.test("with a number of steps, checkpoints are due after exactly that many, regardless of time", () => {
  let now = 0;
  const clock = new CheckpointClock(5, () => now);
  assertEquals([0, 4, 5, 7].map((step) => clock.nextStep(step)), [5, 5, 10, 10]);
  now = 1e9;
  assertEquals([4, 5, 6, 10].map((step) => clock.isDue(step, false)), [false, true, false, true]);
  assertEquals([4, 5].map((step) => clock.isDue(step, true)), [false, true]);
});

Deno.test("by default, checkpoints are due after 5 seconds at the end of an epoch and after a minute within one", () => {
  let now = 100;
  const clock = new CheckpointClock(null, () => now);
  assertEquals(clock.nextStep(3), Infinity);
  const due = () => [clock.isDue(3, false), clock.isDue(3, true)];
  now = 5_000;
  assertEquals(due(), [false, false]);
  now = 5_200;
  assertEquals(due(), [false, true]);
  now = 60_200;
  assertEquals(due(), [true, true]);
  clock.written();
  assertEquals(due(), [false, false]);
});
