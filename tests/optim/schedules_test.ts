import { assertAlmostEquals, assertThrows } from "@std/assert";
import { Tensor } from "../../autograd/mod.ts";
import { input } from "../../graph/mod.ts";
import {
  constant,
  cosine,
  linear,
  multiStep,
  type Schedule,
  stepDecay,
  warmUp,
} from "../../optim/mod.ts";
import { HostRun } from "../layers/host_run.ts";

function follows(schedule: Schedule, rate: (step: number) => number): void {
  const step = new Tensor(input("step", { dtype: "i32", shape: [] }));
  const value = schedule(step);
  const run = new HostRun();
  for (let i = 0; i <= 25; i++) {
    run.set(step, [i]);
    assertAlmostEquals(run.get(value)[0]!, rate(i), 1e-9, `step ${i}`);
  }
}

Deno.test("schedules give the rates of their formulas", () => {
  follows(constant(0.1), () => 0.1);
  follows(stepDecay(0.1, { every: 10 }), (i) => 0.1 * 0.1 ** Math.floor(i / 10));
  follows(
    multiStep(0.1, { milestones: [7, 3], factor: 0.5 }),
    (i) => i < 3 ? 0.1 : i < 7 ? 0.05 : 0.025,
  );
  follows(
    cosine(0.1, { steps: 20, final: 0.01 }),
    (i) => 0.01 + 0.09 * (1 + Math.cos(Math.PI * Math.min(i, 20) / 20)) / 2,
  );
  follows(linear(0.1, { steps: 20 }), (i) => 0.1 * (1 - Math.min(i, 20) / 20));
  follows(warmUp(constant(0.1), { steps: 5 }), (i) => 0.1 * Math.min(i + 1, 5) / 5);
});

Deno.test("schedules refuse what makes no sense", () => {
  assertThrows(
    () => stepDecay(0.1, { every: 0 }),
    RangeError,
    "every must be a whole number in [1, 2^31 - 1]: current is 0",
  );
  assertThrows(() => cosine(0.1, { steps: 0 }), RangeError, "steps must be a whole number in");
  assertThrows(() => multiStep(0.1, { milestones: [1.5] }), RangeError, "[1.5]");
});
