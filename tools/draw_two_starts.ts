/**
 * Draws docs/pictures/two-starts.svg: the smallest ReLU network, trained with SGD and with G-SGD
 * from two sets of weights that represent the same function. All points are from actual runs.
 */
import {
  compile,
  gsgd,
  openBackend,
  Optimizer,
  Parameter,
  type Pass,
  sgd,
  tensor,
} from "../mod.ts";
import { type Curve, type Figure, figureFile } from "../figures/mod.ts";

const TARGET = "docs/pictures/two-starts.svg";
const STEPS = 12;
const LEARNING_RATE = 0.05;

/** Initial weights, which represent the same function: the products are 1. */
const starts = [[1, 1], [2.5, 0.4]] as const;

/** Fits f(1) = w₂·max(w₁, 0) to 3. Returns (w₁, w₂) before the first step and after each step. */
async function train(
  [first, last]: readonly [number, number],
  passes: readonly Pass[],
): Promise<(readonly [number, number])[]> {
  const weight = (name: string, value: number) =>
    new Parameter(name, { dtype: "f32", shape: [1, 1] }, () => Float32Array.of(value));
  using backend = await openBackend("cpu");
  using w1 = weight("w1", first);
  using w2 = weight("w2", last);
  using optimizer = new Optimizer([w1, w2], sgd({ learningRate: LEARNING_RATE }));
  using step = await compile({}, () => {
    const output = tensor([[1]]).matmul(w1).relu().matmul(w2);
    return { updates: optimizer.minimize(output.sub(3).square().mean().mul(0.5)) };
  }, { backend, passes });
  const path: (readonly [number, number])[] = [[first, last]];
  for (let i = 0; i < STEPS; i++) {
    step.run();
    path.push([(await w1.data())[0]!, (await w2.data())[0]!]);
  }
  return path;
}

const runs = await Promise.all(
  [{ arm: "sgd", passes: [] }, { arm: "gsgd", passes: [gsgd()] }].flatMap(({ arm, passes }) =>
    starts.map(async (start, variant) => ({
      arm,
      variant,
      label: `${arm} from (${start.join(", ")})`,
      path: await train(start, passes),
    }))
  ),
);

/** The curve w₁·w₂ = value: all weights that represent one function. */
function functionCurve(value: number): Curve {
  const points = Array.from({ length: 60 }, (_, i) => 0.6 + i * 0.06)
    .map((x) => ({ x, y: value / x })).filter(({ y }) => y < 3.2);
  return { label: `w₁·w₂ = ${value}`, arm: "one function", variant: value === 1 ? 0 : 1, points };
}

const curvesOf = (point: (weights: readonly [number, number], step: number) => [number, number]) =>
  runs.map(({ path, ...curve }): Curve => ({
    ...curve,
    points: path.map((weights, step) => {
      const [x, y] = point(weights, step);
      return { x, y };
    }),
  }));

const figure: Figure = {
  name: "two-starts",
  title: "One function, two sets of weights",
  caption: "A network of one hidden unit is trained from two sets of weights with equal product. " +
    "With SGD, the learned function depends on the initial weights; with G-SGD, it does not.",
  columns: 2,
  panels: [
    {
      title: "Trajectory in weight space",
      x: { label: "w₁", unit: "", scale: "linear" },
      y: { label: "w₂", unit: "", scale: "linear" },
      curves: [...curvesOf(([w1, w2]) => [w1, w2]), functionCurve(1), functionCurve(3)],
    },
    {
      title: "Function: w₁·w₂ after each step",
      x: { label: "step", unit: "", scale: "linear" },
      y: { label: "w₁·w₂", unit: "", scale: "linear" },
      curves: curvesOf(([w1, w2], step) => [step, w1 * w2]),
    },
  ],
};
await Deno.writeTextFile(TARGET, await figureFile(figure));
console.log(TARGET);
