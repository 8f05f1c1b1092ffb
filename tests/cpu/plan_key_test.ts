import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { planKey } from "../../cpu/plan_key.ts";
import { type Kernel, type LoopKernel, type Plan, s, type Scalar } from "../../graph/mod.ts";
import { compile, Conv2d, f32, i32, initialize, LSTM, Optimizer, sgd } from "../../mod.ts";
import { externalPlan, floats, integers, loop } from "../gpu/_plans.ts";
import { PlanBackend } from "../support/plan_backend.ts";

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
const inner = [{ label: "inner", from: 0, to: 1, turns: 2 }];

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
  "the loop that moves a window": [
    { ...plan, slots: [first!, window(0, 0)] },
    { ...plan, slots: [first!, window(0, 1)] },
  ],
  "a loop in a loop": [
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 2 }] },
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 2, loops: inner }] },
  ],
  "the number of turns": [
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 3 }] },
    { ...plan, loops: [{ label: "loop", from: 0, to: 1, turns: 2 }] },
  ],
};

function window(start: number, depth = 0): Plan["slots"][number] {
  const { type, label } = second!;
  return { kind: "window", type, label, depth, base: 0, start, stride: 1 };
}

for (const [what, [one, other]] of Object.entries(others)) {
  Deno.test(`plans that differ in ${what} have different keys`, () => {
    assertNotEquals(planKey(one), planKey(other));
  });
}

/** A plan with loops, windows, and all kinds of kernels. */
async function planOfAllKinds(): Promise<Plan> {
  using backend = new PlanBackend();
  const lstm = initialize(new LSTM(3, 4), { seed: 1 });
  const conv = initialize(new Conv2d(2, 3, 3), { seed: 2 });
  const parameters = [...lstm.parameters(), ...conv.parameters()];
  using optimizer = new Optimizer(parameters, sgd({ learningRate: 0.1 }));
  const types = { x: f32([5, 2, 3]), images: f32([2, 2, 5, 5]), places: i32([2]) };
  using step = await compile(types, ({ x, images, places }) => {
    const sums = conv.forward(images).square().sum([1, 2, 3]);
    const loss = lstm.forward(x).state.h.square().sum().add(sums.sum());
    const outputs = { counts: images.sum([1, 2, 3]).indexAdd(0, places, sums) };
    return { outputs, updates: optimizer.minimize(loss) };
  }, { backend });
  parameters.forEach((parameter) => parameter[Symbol.dispose]());
  return step.plan;
}

/** Visits copies of a value, each with one other number or text in it. */
function visitChanges(
  value: unknown,
  see: (changed: unknown, path: readonly string[]) => void,
  seen = new Set<unknown>(),
): void {
  if (typeof value === "number") see(value + 1, []);
  else if (typeof value === "string") see(`${value}.`, []);
  else if (typeof value === "object" && value !== null && !seen.has(value)) {
    seen.add(value);
    for (const [name, part] of Object.entries(value)) {
      const isLeaf = "op" in value && !("args" in value);
      if (isLeaf && name === "op" || "axis" in value && name === "type") continue; // constants
      visitChanges(part, (changed, path) => {
        const copy = Array.isArray(value)
          ? value.with(Number(name), changed)
          : { ...value, [name]: changed };
        see(copy, [name, ...path]);
      }, seen);
    }
  }
}

Deno.test("the key of a plan depends on each of its properties but labels and memories", async () => {
  const plan = await planOfAllKinds();
  const kinds = plan.dispatches.flatMap(({ kernels }) => kernels.map(({ kind }) => kind));
  assertEquals([...new Set(kinds)].sort(), ["conv2d", "loop", "matmul", "scatter"]);
  assert(plan.loops?.length && plan.slots.some(({ kind }) => kind === "window"));
  const key = planKey(plan);
  const missed = new Set<string>();
  visitChanges(plan, (changed, path) => {
    if (planKey(changed as Plan) !== key) return;
    missed.add(path.filter((name) => !/^\d+$/.test(name)).join("."));
  });
  assertEquals([...missed].sort(), ["label", "memories", "slots.label"]);
});
