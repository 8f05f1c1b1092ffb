import { assertEquals, assertThrows } from "@std/assert";
import { GraphError, type Plan, type PlanLoop, s } from "../../graph/mod.ts";
import { verifyPlan } from "../../graph/verify_plan.ts";
import { mapSections, nestingOf, sectionsOf } from "../../graph/plan_sections.ts";

/** Three loops: an outer one that is nothing but an inner one, and one after it. */
const loops: readonly PlanLoop[] = [
  {
    label: "outer",
    from: 1,
    to: 3,
    turns: 2,
    loops: [{ label: "inner", from: 1, to: 3, turns: 3 }],
  },
  { label: "last", from: 3, to: 4, turns: 5 },
];

Deno.test("a program is divided into dispatches and loops, and so are the bodies of loops", () => {
  const program = { dispatches: [0, 1, 2, 3, 4], loops };
  const [first, outer, last, end] = sectionsOf(program);
  assertEquals(first, { kind: "dispatches", dispatches: [0] });
  const inner = {
    kind: "loop",
    loop: loops[0]!.loops![0]!,
    body: [{ kind: "dispatches", dispatches: [1, 2] }],
  };
  assertEquals(outer, { kind: "loop", loop: loops[0]!, body: [inner] } as typeof outer);
  assertEquals(last!.kind, "loop");
  assertEquals(end, { kind: "dispatches", dispatches: [4] });
  assertEquals([nestingOf(loops), nestingOf(), nestingOf(loops.slice(1))], [2, 0, 1]);
});

Deno.test("loops move with the dispatches that take the place of theirs", () => {
  const doubled = mapSections(
    { dispatches: [0, 1, 2, 3, 4], loops },
    (dispatches) => dispatches.flatMap((dispatch) => dispatch === 2 ? [] : [dispatch, -dispatch]),
  );
  assertEquals(doubled.dispatches.map(Math.abs), [0, 0, 1, 1, 3, 3, 4, 4]);
  const [outer, last] = doubled.loops;
  assertEquals([outer!.from, outer!.to, outer!.turns], [2, 4, 2]);
  assertEquals(outer!.loops!.map(({ from, to, turns }) => [from, to, turns]), [[2, 4, 3]]);
  assertEquals([last!.from, last!.to, last!.turns], [4, 6, 5]);
});

/** Adds 1 to the elements of x [2, 3, 4] in two loops: a row of a row at a time. */
function planOf(change: { readonly stride?: number; readonly depth?: number } = {}): Plan {
  const type = (...shape: number[]) => ({ dtype: "f32" as const, shape });
  const index = s.axis(0, 4);
  const value = s.add(s.load(2, "f32", index), s.const(1));
  const { stride = 4, depth = 1 } = change;
  return {
    label: "nested",
    slots: [
      { kind: "external", type: type(2, 3, 4), label: "x" },
      { kind: "window", type: type(3, 4), label: "rows", depth: 0, base: 0, start: 0, stride: 12 },
      { kind: "window", type: type(4), label: "row", depth, base: 1, start: 0, stride },
    ],
    dispatches: [{
      kernels: [{
        kind: "loop",
        label: "increment",
        outer: [4],
        inner: [],
        reductions: [],
        outerStores: [{ slot: 2, index, value }],
        innerStores: [],
      }],
    }],
    loops: [{
      label: "outer",
      from: 0,
      to: 1,
      turns: 2,
      loops: [{ label: "inner", from: 0, to: 1, turns: 3 }],
    }],
    memories: [],
  };
}

Deno.test("a window of a window stays inside of it, and moves with a loop inside of the other's", () => {
  verifyPlan(planOf());
  verifyPlan(planOf({ stride: 0 }));
  for (const stride of [5, 8, -1]) {
    assertThrows(() => verifyPlan(planOf({ stride })), GraphError, "must be inside a slot");
  }
  for (const depth of [0, 2]) {
    assertThrows(() => verifyPlan(planOf({ depth })), GraphError, "loop that moves a window");
  }
});
