import { assertAlmostEquals, assertEquals } from "@std/assert";
import { measureInTurns, median, pairedRatio, timingOf } from "../../bench/measure.ts";

Deno.test("median() of an even number of samples is the mean of the two in the middle", () => {
  assertEquals(median([9, 1, 4, 2]), 3);
  assertEquals(median([9, 1, 4]), 4);
});

Deno.test("pairedRatio() compares round by round, so a slow round does not count twice", () => {
  // both jobs were three times slower in the second round
  const ours = timingOf([2, 6, 2]);
  const theirs = timingOf([4, 12, 4]);
  assertAlmostEquals(pairedRatio(ours, theirs), 0.5, 1e-12);
});

Deno.test("pairedRatio() ignores rounds in which only one job was timed", () => {
  assertAlmostEquals(pairedRatio(timingOf([2, 2, 9, 9]), timingOf([4, 4])), 0.5, 1e-12);
  assertAlmostEquals(pairedRatio(timingOf([2, 2]), timingOf([4, 4, 1])), 0.5, 1e-12);
});

Deno.test("measureInTurns() takes at least four samples, even if the budget is spent", async () => {
  const job = {
    run: () => {
      const end = performance.now() + 2;
      while (performance.now() < end);
    },
    wait: () => Promise.resolve(),
  };
  const [timing] = await measureInTurns([job], { samples: 50, milliseconds: 2, budget: 1 });
  assertEquals(timing?.samples.length, 4);
});

Deno.test("measureInTurns() takes one sample of each job per round", async () => {
  const order: string[] = [];
  const job = (name: string) => ({
    run: () => {
      const end = performance.now() + 2;
      while (performance.now() < end);
    },
    wait: () => {
      order.push(name);
      return Promise.resolve();
    },
  });
  const timings = await measureInTurns([job("a"), job("b")], { samples: 3, milliseconds: 2 });
  assertEquals(order.slice(-6), ["a", "b", "a", "b", "a", "b"]);
  for (const { samples, min } of timings) {
    assertEquals(samples.length, 3);
    assertEquals(min >= 2, true, `a run took at least 2 ms: current best is ${min}`);
  }
});
