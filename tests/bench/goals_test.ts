import { assertAlmostEquals, assertEquals } from "@std/assert";
import { judge } from "../../bench/goals.ts";
import { peakCase } from "../../bench/op_cases.ts";
import { timingOf } from "../../bench/measure.ts";
import type { PeerRow } from "../../bench/peers/compare.ts";

function row(device: "cpu" | "gpu", framework: string, milliseconds: number): PeerRow {
  const timing = timingOf([milliseconds, milliseconds]);
  return { device, name: peakCase.name, framework, description: framework, timing };
}

function goalNamed(peers: readonly PeerRow[], text: string) {
  return judge({ own: [], peers }).find(({ goal }) => goal.includes(text));
}

Deno.test("a speed goal is met at its limit and beyond", () => {
  const goal = (own: number) =>
    goalNamed([row("cpu", "gspace", own), row("cpu", "jax-js", 70)], "speed / jax-js");
  assertEquals(goal(20)?.isMet, true);
  assertEquals(goal(21)?.isMet, false);
  assertAlmostEquals(goal(21)?.value ?? NaN, 70 / 21, 1e-12);
});

Deno.test("a goal with several peers is judged against the fastest", () => {
  const rows = [row("gpu", "gspace", 100), row("gpu", "jax-js", 900), row("gpu", "tfjs", 400)];
  const goal = goalNamed(rows, "gpu matmul");
  assertAlmostEquals(goal?.value ?? NaN, 4, 1e-12);
  assertEquals(goal?.isMet, false);
});

Deno.test("a goal that was not measured is neither met nor missed", () => {
  const goals = judge({ own: [], peers: [] });
  assertEquals(goals.every(({ value, isMet }) => value === undefined && isMet === undefined), true);
});
