import {
  add,
  constant,
  elementCount,
  full,
  interpret,
  mul,
  type Node,
  reduceSum,
} from "../../graph/mod.ts";
import { pullBack } from "../../autograd/pull_back.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, drawCase, type OpCase } from "../cases/op_case.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";

const EPSILON = 1e-6;
/** Central differences in float64 are good to about ten digits. */
const difference = { relative: 1e-3, absolute: 1e-5 };
const rounding = { relative: 1e-10, absolute: 1e-10 };

/** A constant like `x` with random elements in [−1, 1). */
function randomLike(x: Node, seed: number): Node {
  const random = generator(seed);
  const data = Float32Array.from({ length: elementCount(x.type.shape) }, () => 2 * random() - 1);
  return constant(data, x.type.shape);
}

/** Σ a·b over all elements: an f32[]. */
function dot(a: Node, b: Node): Node {
  return reduceSum(mul(a, b), a.type.shape.map((_, axis) => axis));
}

/** The f32 inputs of a case: the ones with a gradient. */
function differentiable(nodes: readonly Node[]): Node[] {
  return nodes.filter(({ type }) => type.dtype === "f32");
}

function elementsOf(node: Node, bindings?: Parameters<typeof interpret>[1]): Float64Array {
  return interpret([node], bindings).get(node)!;
}

/** (loss(x + ε·v) − loss(x − ε·v)) / 2ε. */
function slopeAlong(loss: Node, inputs: readonly Node[], directions: readonly Node[]): number {
  const moved = (by: number) =>
    new Map(inputs.map((input, i) => {
      const direction = elementsOf(directions[i]!);
      return [input, elementsOf(input).map((value, j) => value + by * direction[j]!)] as const;
    }));
  const [above, below] = [EPSILON, -EPSILON].map((by) => elementsOf(loss, moved(by))[0]!);
  return (above! - below!) / (2 * EPSILON);
}

/** ⟨∂loss/∂inputs, directions⟩ as a value of the graph. */
function predictedSlope(
  loss: Node,
  inputs: readonly Node[],
  directions: readonly Node[],
): Node {
  const gradients = pullBack(loss, full(1, []), inputs);
  return gradients.map((gradient, i) => dot(gradient, directions[i]!)).reduce(add);
}

function directionsFor(inputs: readonly Node[], seed: number): Node[] {
  return inputs.map((input, i) => randomLike(input, seed + i));
}

function checkSlope(loss: Node, inputs: readonly Node[], seed: number, what: string): void {
  const directions = directionsFor(inputs, seed);
  const predicted = elementsOf(predictedSlope(loss, inputs, directions));
  const measured = slopeAlong(loss, inputs, directions);
  assertAllClose(predicted, [measured], difference, what);
}

function checkGradient(opCase: OpCase): void {
  const { nodes } = drawCase(opCase);
  const output = opCase.build(...nodes);
  const inputs = differentiable(nodes);
  const loss = dot(output, randomLike(output, 5));
  for (const seed of [100, 200]) {
    checkSlope(loss, inputs, seed, `gradient of ${describe(opCase)}`);
  }
}

/** The slope along one direction is a loss itself; its own gradient is the second derivative. */
function checkSecond(opCase: OpCase): void {
  const { nodes } = drawCase(opCase);
  const output = opCase.build(...nodes);
  const inputs = differentiable(nodes);
  const loss = dot(output, randomLike(output, 5));
  const slope = predictedSlope(loss, inputs, directionsFor(inputs, 300));
  checkSlope(slope, inputs, 400, `second derivative of ${describe(opCase)}`);
}

/** ⟨u, f(v)⟩ = ⟨pullBack(u), v⟩, exactly, for a linear f. */
function checkTransposed(opCase: OpCase): void {
  const { nodes } = drawCase(opCase);
  const output = opCase.build(...nodes);
  const inputs = differentiable(nodes);
  const u = randomLike(output, 5);
  const transposed = pullBack(output, u, inputs);
  const backward = transposed.map((node, i) => dot(node, inputs[i]!)).reduce(add);
  assertAllClose(
    elementsOf(backward),
    elementsOf(dot(u, output)),
    rounding,
    `dot products of ${describe(opCase)}`,
  );
}

for (const [name, cases] of casesByName()) {
  const smooth = cases.filter(({ derivative }) => derivative !== "none");
  const linear = cases.filter(({ derivative }) => derivative === "linear");
  if (smooth.length > 0) {
    Deno.test(`the gradient of ${name}() is the slope that differences measure`, () => {
      smooth.forEach(checkGradient);
    });
  }
  const curved = cases.filter(({ derivative }) => derivative === "smooth");
  if (curved.length > 0) {
    Deno.test(`the gradient of ${name}() can be differentiated again`, () => {
      curved.forEach(checkSecond);
    });
  }
  if (linear.length > 0) {
    Deno.test(`the gradient of ${name}() is its transpose, as it is linear`, () => {
      linear.forEach(checkTransposed);
    });
  }
}
