import { assertEquals, assertNotEquals } from "@std/assert";
import { planKey } from "../../cpu/plan_key.ts";
import { type Kernel, type LoopKernel, type Plan, s, type Scalar } from "../../graph/mod.ts";
import { externalPlan, floats, integers, loop } from "../gpu/_plans.ts";

/** `slot 1 = f(slot 0)`, for `size` elements. */
function map(f: (x: Scalar) => Scalar, size = 6): LoopKernel {
  const index = s.axis(0, size);
  return loop({
    outer: [size],
    outerStores: [{ slot: 1, index, value: f(s.load(0, "f32", index)) }],
  });
}

function planOf(kernel: Kernel, size = 6): Plan {
  return externalPlan([[kernel]], [floats([size], []), floats([size], [])]);
}

const half: Kernel = map((x) => s.mul(x, s.const(0.5, "f32")));

Deno.test("plans that differ only in labels of the plan and of slots have the same key", () => {
  const plan = planOf(half);
  const slots = plan.slots.map((slot, i) => ({ ...slot, label: `other ${i}` }));
  assertEquals(planKey({ ...plan, label: "other", slots }), planKey(plan));
  assertEquals(planKey(planOf(map((x) => s.mul(x, s.const(0.5, "f32"))))), planKey(plan));
});

Deno.test("an expression that is shared has the key of one that is repeated", () => {
  const twice = (x: Scalar): Scalar => s.add(s.exp(x), s.exp(x));
  const once = (x: Scalar): Scalar => {
    const y = s.exp(x);
    return s.add(y, y);
  };
  assertEquals(planKey(planOf(map(twice))), planKey(planOf(map(once))));
});

const plan = planOf(half);
const [first, second] = plan.slots;
const zero = planOf(map((x) => s.max(x, s.const(0, "f32"))));
const others: Readonly<Record<string, readonly [Plan, Plan]>> = {
  "a constant": [plan, planOf(map((x) => s.mul(x, s.const(0.25, "f32"))))],
  "the sign of zero": [zero, planOf(map((x) => s.max(x, s.const(-0, "f32"))))],
  "a function": [plan, planOf(map((x) => s.add(x, s.const(0.5, "f32"))))],
  "the slot that is loaded": [
    plan,
    planOf(map(() => s.mul(s.load(1, "f32", s.axis(0, 6)), s.const(0.5, "f32")))),
  ],
  "the type of a load": [
    planOf(map(() => s.load(0, "f32", s.axis(0, 6)))),
    planOf(map(() => s.load(0, "i32", s.axis(0, 6)))),
  ],
  "the slot that is stored": [
    plan,
    planOf({ ...half, outerStores: [{ ...map((x) => x).outerStores[0]!, slot: 0 }] }),
  ],
  "the size of a loop": [plan, planOf(map((x) => s.mul(x, s.const(0.5, "f32")), 5))],
  "the size of a slot": [plan, planOf(half, 7)],
  "the type of a slot": [
    plan,
    externalPlan([[half]], [integers([6], []), floats([6], [])]),
  ],
  "the name of a kernel": [plan, planOf({ ...half, label: "other" })],
  "the combination of kernels": [
    externalPlan([[half, half]], [floats([6], []), floats([6], [])]),
    externalPlan([[half], [half]], [floats([6], []), floats([6], [])]),
  ],
  "a loop over dispatches": [
    plan,
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 2 }] },
  ],
  "where a window starts": [
    { ...plan, slots: [first!, window(0)] },
    { ...plan, slots: [first!, window(1)] },
  ],
  "the number of turns": [
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 3 }] },
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 2 }] },
  ],
};

function window(start: number): Plan["slots"][number] {
  const { type, label } = second!;
  return { kind: "window", type, label, base: 0, start, stride: 1 };
}

for (const [what, [one, other]] of Object.entries(others)) {
  Deno.test(`plans that differ in ${what} have different keys`, () => {
    assertNotEquals(planKey(one), planKey(other));
  });
}
