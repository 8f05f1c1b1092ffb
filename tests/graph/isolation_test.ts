import { evaluate, pullBack } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import {
  attrsOf,
  constant,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  elementCount,
  type HostArray,
  interpret,
  type Node,
} from "../../graph/mod.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, draw, type OpCase } from "../cases/op_case.ts";
import { generator } from "../support/random.ts";

/** Larger cases take long and show nothing else. */
const MOST_ELEMENTS = 400;

/** Values that replace one element, to see what depends on it. */
const replacements = [1e3, -1e3, 0, 0.37, -0.61, 2.9];

type Values = readonly HostArray[];

/** The result of a case and its gradients, as functions of the inputs and of the cotangent. */
interface Probe {
  readonly inputs: readonly Node[];
  readonly results: readonly Node[];
}

/** Elements of all inputs, and of a cotangent of the result. */
function dataOf(opCase: OpCase): Values {
  const inputs = opCase.inputs.map((sample, i) => draw(sample, 17 * i + 1));
  const { type } = opCase.build(...inputsOf(opCase, inputs));
  const random = generator(5);
  const count = elementCount(type.shape);
  return [...inputs, Float32Array.from({ length: count }, () => 2 * random() - 1)];
}

function inputsOf(opCase: OpCase, data: Values): Node[] {
  return opCase.inputs.map(({ dtype, shape }, i) => constant(data[i]!, shape, dtype));
}

function probeOf(opCase: OpCase, data: Values): Probe {
  const inputs = inputsOf(opCase, data);
  const output = opCase.build(...inputs);
  const floats = inputs.filter(({ type }) => type.dtype === "f32");
  if (output.type.dtype !== "f32" || floats.length === 0) return { inputs, results: [output] };
  const cotangent = constant(data.at(-1)!, output.type.shape);
  return {
    inputs: [...inputs, cotangent],
    results: [output, ...pullBack(output, cotangent, floats)],
  };
}

/** The first place, one in the middle and the last. */
function places(count: number): number[] {
  return count === 0 ? [] : [...new Set([0, count >> 1, count - 1])];
}

type Results = readonly ArrayLike<number>[];
type Compute = (opCase: OpCase, data: Values) => Promise<Results> | Results;

const onHost: Compute = (opCase, data) => {
  const { results } = probeOf(opCase, data);
  const values = interpret(results);
  return results.map((node) => values.get(node)!);
};

/**
 * Fails if an element that does not depend on a poisoned one is changed by it. The input number
 * `besides` stays as it is.
 */
async function checkCase(opCase: OpCase, compute: Compute, besides?: number): Promise<void> {
  const data = dataOf(opCase);
  const { inputs } = probeOf(opCase, data);
  const [plain, before] = [onHost(opCase, data) as Results, await compute(opCase, data)];
  for (const [at, { type }] of inputs.entries()) {
    if (type.dtype !== "f32" || at === besides) continue;
    for (const place of places(elementCount(type.shape))) {
      const changed = (value: number) =>
        data.with(at, Float32Array.from(data[at]!).fill(value, place, place + 1));
      const moved = replacements.map((value) => onHost(opCase, changed(value)) as Results);
      const depends = (r: number, i: number) =>
        moved.some((other) => !Object.is(other[r]![i], plain[r]![i]));
      for (const poison of [NaN, Infinity, -Infinity]) {
        const after = await compute(opCase, changed(poison));
        const leak = firstDifference(before, after, depends);
        if (!leak) continue;
        throw new Error(
          `${describe(opCase)}: ${poison} at ${place} of input ${at} leaks into ${leak}`,
        );
      }
    }
  }
}

/** The first element that changed without need, in words. */
function firstDifference(
  before: Results,
  after: Results,
  depends: (result: number, element: number) => boolean,
): string | undefined {
  for (const [r, values] of after.entries()) {
    for (let i = 0; i < values.length; i++) {
      if (Object.is(values[i], before[r]![i]) || depends(r, i)) continue;
      return `element ${i} of result ${r}: ${before[r]![i]} became ${values[i]}`;
    }
  }
  return undefined;
}

/** Of a row of one element they are constant, and yet NaN for NaN. */
const normalizing = [
  "logSumExp",
  "softmax",
  "maskedSoftmax",
  "logSoftmax",
  "crossEntropy",
  "variance",
];

/** Given elements may hide what depends on them: e⁻²⁰⁰⁰ is 0 whatever is added. */
function isOfUse({ op, inputs, build }: OpCase): boolean {
  if (inputs.some(({ values }) => values)) return false;
  if (normalizing.includes(op) && inputs[0]!.shape.includes(1)) return false;
  // the gradient through a loop without steps is 0 times a derivative, and 0 · NaN is NaN
  if (op.startsWith("scan") && inputs.some(({ shape }) => shape.includes(0))) return false;
  const nodes = inputs.map((sample) => constant(draw(sample, 1), sample.shape, sample.dtype));
  return [build(...nodes), ...nodes].every(({ type }) => elementCount(type.shape) <= MOST_ELEMENTS);
}

/** They look for NaN and infinities: finite values do not show what they depend on. */
const lookers = ["isFinite", "isNaN"];

/** The zeros around an image are factors: 0 · NaN is NaN. */
function isUnpadded(opCase: OpCase): boolean {
  const node = opCase.build(...inputsOf(opCase, dataOf(opCase)));
  const attrs = attrsOf(node, conv2d) ?? attrsOf(node, conv2dInputGradient) ??
    attrsOf(node, conv2dWeightGradient);
  if (!attrs) return true;
  const { images, weight, output, stride, dilation, padding } = attrs;
  return ([0, 1] as const).every((axis) => {
    const last = (output[axis] - 1) * stride[axis] + (weight[axis + 2]! - 1) * dilation[axis];
    return padding[axis] === 0 && last < images[axis + 2]!;
  });
}

/**
 * Ops whose kernels have masks and idle lanes of their own. Gradients pad as well, so what is
 * shaped as a weight is not poisoned.
 */
const kernels: ReadonlyMap<string, number | undefined> = new Map([
  ["matmul", undefined],
  ["maxPool2d", undefined],
  ["conv2d", 1],
  ["conv2dInputGradient", 1],
  ["conv2dWeightGradient", 2],
]);

for (const [name, cases] of casesByName()) {
  const used = lookers.includes(name) ? [] : cases.filter(isOfUse);
  if (used.length === 0) continue;
  Deno.test(`${name}() lets NaN and infinities reach only what depends on them`, async () => {
    for (const opCase of used) await checkCase(opCase, onHost);
  });
  if (!kernels.has(name)) continue;
  Deno.test(`${name}() on the CPU lets NaN and infinities reach only what depends on them`, async () => {
    using backend = openCpu({ threads: 1 });
    const onCpu: Compute = (opCase, data) =>
      evaluate(probeOf(opCase, data).results.map((node) => ({ node })), { backend });
    for (const opCase of used.filter(isUnpadded).slice(0, 8)) {
      await checkCase(opCase, onCpu, kernels.get(name));
    }
  });
}
