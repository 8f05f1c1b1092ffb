import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Parameter, type Tensor, tensor } from "../../autograd/mod.ts";
import {
  applyUpdate,
  gradient,
  GraphError,
  is,
  labelOf,
  ShapeError,
  topological,
} from "../../graph/mod.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  lamb,
  momentum,
  muon,
  Optimizer,
  perParameter,
  rmsProp,
  scaleByLearningRate,
  sgd,
} from "../../optim/mod.ts";
import { HostRun } from "../layers/host_run.ts";

// Loss 0.5·Σ a·p²: the gradient of p is a·p, so each element is a problem of its own.
const curvature = [1, 3, -0.5];
const start = [1, -2, 0.25];

function trajectory(transform: GradientTransform, steps: number): number[][] {
  const p = new Parameter("p", { dtype: "f32", shape: [3] }, () => Float32Array.from(start));
  const optimizer = new Optimizer([p], transform);
  const loss = p.square().mul(tensor(curvature)).sum().mul(0.5);
  const updates = optimizer.minimize(loss);
  const run = new HostRun();
  return Array.from({ length: steps }, () => {
    run.apply(updates);
    return run.get(p);
  });
}

/** The same in plain numbers: `rule` gets gradient, parameter and step (from 1), keeps its state. */
function expected(
  makeRule: () => (g: number, p: number, step: number) => number,
  steps: number,
): number[][] {
  const rules = start.map(makeRule);
  let p = [...start];
  return Array.from({ length: steps }, (_, t) => {
    p = p.map((value, i) => value + rules[i]!(curvature[i]! * value, value, t + 1));
    return p;
  });
}

function near(actual: number[][], wanted: number[][], tolerance = 1e-9): void {
  actual.forEach((row, t) =>
    row.forEach((value, i) => assertAlmostEquals(value, wanted[t]![i]!, tolerance, `step ${t + 1}`))
  );
}

Deno.test("sgd() subtracts rate · gradient", () => {
  near(trajectory(sgd({ learningRate: 0.1 }), 5), expected(() => (g) => -0.1 * g, 5));
});

Deno.test("sgd() with weight decay, momentum and dampening follows PyTorch's order", () => {
  const rule = () => {
    let velocity = 0;
    return (g: number, p: number, step: number) => {
      const decayed = g + 0.01 * p;
      velocity = step === 1 ? decayed : 0.9 * velocity + (1 - 0.3) * decayed;
      return -0.1 * velocity;
    };
  };
  const options = { learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01 };
  near(trajectory(sgd(options), 6), expected(rule, 6));
});

Deno.test("Nesterov's momentum looks ahead along the velocity", () => {
  const rule = () => {
    let velocity = 0;
    return (g: number) => {
      velocity = 0.9 * velocity + g;
      return -0.1 * (g + 0.9 * velocity);
    };
  };
  const options = { learningRate: 0.1, momentum: 0.9, nesterov: true };
  near(trajectory(sgd(options), 6), expected(rule, 6));
  assertThrows(() => momentum({ nesterov: true, dampening: 0.1 }), RangeError, "dampening 0");
  assertThrows(
    () => momentum({ momentum: 1 }),
    RangeError,
    "must be a number in [0, 1): current is 1",
  );
});

function adamRule(decay: number, decoupled: boolean) {
  return () => {
    let [m, v] = [0, 0];
    return (g0: number, p: number, step: number) => {
      const g = decoupled ? g0 : g0 + decay * p;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const direction = m / (1 - 0.9 ** step) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8);
      return -0.05 * (direction + (decoupled ? decay * p : 0));
    };
  };
}

Deno.test("adam() corrects its moments and decays through the gradient", () => {
  const options = { learningRate: 0.05, weightDecay: 0.1 };
  near(trajectory(adam(options), 40), expected(adamRule(0.1, false), 40), 1e-7);
});

Deno.test("rmsProp() divides by the root of the decaying mean of squares", () => {
  const rule = () => {
    let mean = 0;
    return (g: number, p: number) => {
      const decayed = g + 0.1 * p;
      mean = 0.9 * mean + 0.1 * decayed * decayed;
      return -0.01 * decayed / (Math.sqrt(mean) + 1e-8);
    };
  };
  const options = { learningRate: 0.01, alpha: 0.9, weightDecay: 0.1 };
  near(trajectory(rmsProp(options), 40), expected(rule, 40), 1e-7);
  assertThrows(() => rmsProp({ learningRate: 0.01, alpha: 1 }), RangeError, "alpha must be");
  assertThrows(
    () => rmsProp({ learningRate: 0.01, eps: -1 }),
    RangeError,
    "eps must be a non-negative finite number",
  );
});

Deno.test("weight decay may depend on the parameter", () => {
  const decay = (by: (name: string) => number) =>
    sgd({ learningRate: 0.1, weightDecay: (parameter) => by(labelOf(parameter)) });
  const plain = trajectory(sgd({ learningRate: 0.1, weightDecay: 0.5 }), 3);
  assertEquals(trajectory(decay((name) => name === "p" ? 0.5 : 0), 3), plain);
  assertEquals(trajectory(decay(() => 0), 3), trajectory(sgd({ learningRate: 0.1 }), 3));
  assertThrows(() => trajectory(decay(() => -1), 1), RangeError, "current is -1");
});

Deno.test("adamW() decays the parameter itself", () => {
  const options = { learningRate: 0.05, weightDecay: 0.1 };
  near(trajectory(adamW(options), 40), expected(adamRule(0.1, true), 40), 1e-7);
});

Deno.test("clipByGlobalNorm() scales all gradients by one factor, and only down", () => {
  const clipped = (max: number) =>
    trajectory(chain(clipByGlobalNorm(max), scaleByLearningRate(1)), 1)[0]!;
  const g = start.map((value, i) => value * curvature[i]!);
  const norm = Math.hypot(...g);
  near([clipped(2)], [start.map((value, i) => value - g[i]! * 2 / (norm + 1e-6))]);
  near([clipped(10)], [start.map((value, i) => value - g[i]!)]);
});

Deno.test("clipByValue() limits each element of the gradients by itself, on both sides", () => {
  // the gradients are 1, −6 and −0.125
  const clipped = (limit: number) =>
    trajectory(chain(clipByValue(limit), scaleByLearningRate(1)), 1)[0]!;
  near([clipped(2)], [[0, 0, 0.375]]);
  near([clipped(0.5)], [[0.5, -1.5, 0.375]]);
  near([clipped(0.1)], [[0.9, -1.9, 0.35]]);
  for (const limit of [0, -1, NaN]) assertThrows(() => clipByValue(limit), RangeError, `${limit}`);
});

Deno.test("Optimizer names its state after the parameters and counts steps", () => {
  const p = new Parameter("0.weight", { dtype: "f32", shape: [2] });
  const optimizer = new Optimizer([p], adam({ learningRate: 0.1 }));
  const state = optimizer.state();
  assertEquals([...state.keys()], ["step", "0.weight.firstMoment", "0.weight.secondMoment"]);
  const run = new HostRun();
  const updates = optimizer.minimize(p.sum());
  run.apply(updates);
  run.apply(updates);
  assertEquals(run.get(state.get("step")!), [2]);
  assertThrows(
    () => new Optimizer([p, p], sgd({ learningRate: 1 })),
    GraphError,
    "current names are 0.weight, 0.weight",
  );
});

Deno.test("minimize() marks gradients and ends in applyUpdate, for passes to find", () => {
  const p = new Parameter("0.weight", { dtype: "f32", shape: [2] });
  const optimizer = new Optimizer([p], sgd({ learningRate: 0.1, momentum: 0.9 }));
  const loss: Tensor = p.square().sum();
  const next = optimizer.minimize(loss).get(p)!.node;
  assertEquals(is(next, applyUpdate), true);
  assertEquals(next.inputs[0], p.node);
  const marker = topological([next]).find((node) => is(node, gradient))!;
  assertEquals(marker.inputs.slice(1), [p.node, loss.node]);
});

Deno.test("Muon refuses what is no matrix, and lamb() moves what is 0", () => {
  for (const shape of [[], [3], [2, 3, 1, 1]]) {
    const p = new Parameter("conv.weight", { dtype: "f32", shape });
    const optimizer = new Optimizer([p], muon({ learningRate: 0.1 }));
    assertThrows(
      () => optimizer.minimize(p.sum()),
      ShapeError,
      `Cannot train "conv.weight" with Muon: it must be a matrix: current shape is [${
        shape.join(", ")
      }]`,
    );
  }
  // ‖parameter‖ is 0, so the ratio is 1: a step of Adam
  const p = new Parameter("p", { dtype: "f32", shape: [2] });
  const run = new HostRun();
  const transform = lamb({ learningRate: 0.1, eps: 0, weightDecay: 0 });
  run.apply(new Optimizer([p], transform).minimize(p.mul(tensor([2, -3])).sum()));
  const moved = run.get(p);
  assertAlmostEquals(moved[0]!, -0.1, 1e-6);
  assertAlmostEquals(moved[1]!, 0.1, 1e-6);
});

Deno.test("Muon brings the singular values of a momentum near 1, for tall and wide matrices", () => {
  for (const shape of [[4, 3], [3, 4]]) {
    const p = new Parameter("w", { dtype: "f32", shape });
    const g = tensor([3, 0, 0, 1, 0, 2, 1, 1, 5, 0, 1, -2], shape);
    const transform = muon({ learningRate: 1, weightDecay: 0, adjustLrFn: "matchRmsAdamw" });
    const run = new HostRun();
    run.apply(new Optimizer([p], transform).minimize(p.mul(g).sum()));
    // 0.2 · √4 is the factor; three singular values s with 0.6 < s < 1.3
    const sum = run.get(p).reduce((total, x) => total + (x / 0.4) ** 2, 0);
    assert(sum > 3 * 0.36 && sum < 3 * 1.69, `${shape}: ${sum}`);
  }
});

Deno.test("perParameter() of tensors: decayed momentum and a rate of the step, as in plain numbers", () => {
  const own = perParameter("own", ({ update, parameter, slots: [m, n] }, { step }) => {
    const next = m!.mul(0.5).add(update);
    const count = step.add(1).cast("f32");
    return {
      update: next.add(parameter.mul(0.125)).div(count).add(n!).neg(),
      slots: [next, update],
    };
  }, ["m", "n"]);
  const rule = () => {
    let [m, n] = [0, 0];
    return (g: number, p: number, step: number) => {
      m = m * 0.5 + g;
      const update = -((m + p * 0.125) / step + n);
      n = g;
      return update;
    };
  };
  near(trajectory(own, 6), expected(rule, 6));
  const plain = perParameter("plain", ({ update }) => update.mul(-0.25));
  near(trajectory(plain, 3), expected(() => (g) => -0.25 * g, 3));
});
