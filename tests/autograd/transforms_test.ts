// Every op row under vmap and jvp, in float64: against a loop, differences, and two reverse passes.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { jvp, pullBack, Tensor, vmap } from "../../autograd/mod.ts";
import {
  constant,
  elementCount,
  GraphError,
  type HostArray,
  input,
  interpret,
  type Node,
  topological,
} from "../../graph/mod.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, draw, drawCase, type OpCase } from "../cases/op_case.ts";
import { assertAllClose } from "../support/close.ts";
import { generator } from "../support/random.ts";

const SIZE = 3;
const rounding = { relative: 1e-10, absolute: 1e-10 };
/** Central differences in float64 are good to about ten digits. */
const difference = { relative: 1e-3, absolute: 1e-5 };

/** Ops without a batching rule, and the reasons that their rows give. */
const refused: Readonly<Record<string, string>> = {
  randomBits: "the counter of a step is the same for all examples",
  applyUpdate: "a variable has one next value for all examples",
};

function elementsOf(node: Node, bindings?: Parameters<typeof interpret>[1]): Float64Array {
  return interpret([node], bindings).get(node)!;
}

/** Which inputs are batched: each one alone, and all of them; of large cases only all of them. */
function choices({ inputs }: OpCase): boolean[][] {
  if (inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0) > 2000) {
    return [inputs.map(() => true)];
  }
  const alone = inputs.map((_, i) => inputs.map((_, j) => i === j));
  return inputs.length > 1 ? [...alone, inputs.map(() => true)] : alone;
}

/** The drawn inputs of one example. */
function example({ inputs }: OpCase, number: number): HostArray[] {
  return inputs.map((sample, i) => draw(sample, 17 * i + 1 + 1000 * number));
}

function joined(arrays: readonly HostArray[]): HostArray {
  const [first] = arrays;
  const all = new (first!.constructor as new (length: number) => HostArray)(
    arrays.reduce((sum, { length }) => sum + length, 0),
  );
  arrays.forEach((array, i) => all.set(array, i * first!.length));
  return all;
}

function checkBatched(opCase: OpCase, isBatched: readonly boolean[], axis: number): void {
  const { inputs } = opCase;
  const drawn = Array.from({ length: SIZE }, (_, number) => example(opCase, number));
  const args = inputs.map(({ shape, dtype }, i) => {
    if (!isBatched[i]) return new Tensor(constant(drawn[0]![i]!, shape, dtype));
    const all = constant(joined(drawn.map((arrays) => arrays[i]!)), [SIZE, ...shape], dtype);
    const at = Math.min(axis, shape.length);
    const order = shape.map((_, a) => a + 1).toSpliced(at, 0, 0);
    return new Tensor(all).permute(order);
  });
  const inAxes = inputs.map(({ shape }, i) => isBatched[i] ? Math.min(axis, shape.length) : null);
  const build = (...xs: Tensor[]) => new Tensor(opCase.build(...xs.map(({ node }) => node)));
  const result = vmap(build, { inAxes })(...args);
  const wanted = drawn.map((arrays) => {
    const nodes = inputs.map(({ shape, dtype }, i) =>
      constant(isBatched[i] ? arrays[i]! : drawn[0]![i]!, shape, dtype)
    );
    return opCase.build(...nodes);
  });
  const what = `vmap of ${describe(opCase)} over ${isBatched}`;
  assertEquals(result.node.type, {
    dtype: wanted[0]!.type.dtype,
    shape: [SIZE, ...wanted[0]!.type.shape],
  }, what);
  assert(!topological([result.node]).some(({ op }) => op === input.op), `${what}: a leak`);
  assertAllClose(
    elementsOf(result.node),
    wanted.flatMap((node) => [...elementsOf(node)]),
    rounding,
    what,
  );
}

/** A constant like `x` with random elements in [−1, 1). */
function randomLike(x: Node, seed: number): Node {
  const random = generator(seed);
  const data = Float32Array.from({ length: elementCount(x.type.shape) }, () => 2 * random() - 1);
  return constant(data, x.type.shape);
}

function checkForward(opCase: OpCase): void {
  const { nodes } = drawCase(opCase);
  const floats = nodes.filter(({ type }) => type.dtype === "f32");
  const directions = floats.map((node, i) => randomLike(node, 60 + i));
  const withFloats = (xs: readonly Tensor[]) => {
    const rest = [...xs];
    return opCase.build(
      ...nodes.map((node) => node.type.dtype === "f32" ? rest.shift()!.node : node),
    );
  };
  const { value, tangent } = jvp(
    (...xs: readonly Tensor[]) => new Tensor(withFloats(xs)),
    floats.map((node) => new Tensor(node)),
    directions.map((node) => new Tensor(node)),
  );
  const what = `jvp of ${describe(opCase)}`;
  const output = opCase.build(...nodes);
  assertEquals(elementsOf(value.node), elementsOf(output), what);
  const moved = (by: number) => {
    const bindings = floats.map((node, i) => {
      const direction = elementsOf(directions[i]!);
      return [node, elementsOf(node).map((x, j) => x + by * direction[j]!)] as const;
    });
    return elementsOf(output, new Map(bindings));
  };
  const [above, below] = [moved(1e-6), moved(-1e-6)];
  const measured = [...above].map((x, i) => (x - below[i]!) / 2e-6);
  const actual = elementsOf(tangent.node);
  assertAllClose(actual, measured, difference, what);
  // the transpose of u → Jᵀu, by two reverse passes over the whole graph
  const u = input("u", output.type);
  const slopes = pullBack(output, u, floats);
  const any = new Map([[u, new Float64Array(elementCount(u.type.shape))]]); // it is linear in u
  const twice = slopes.map((slope, i) => elementsOf(pullBack(slope, directions[i]!, [u])[0]!, any));
  const sums = [...actual].map((_, i) => twice.reduce((sum, list) => sum + list[i]!, 0));
  assertAllClose(actual, sums, rounding, `${what}, by two reverse passes`);
}

for (const [name, cases] of casesByName()) {
  const some = cases.filter(({ inputs }) => inputs.length > 0);
  if (name in refused) {
    Deno.test(`vmap refuses ${name}() by name: ${refused[name]}`, () => {
      const [opCase] = some as [OpCase, ...OpCase[]];
      const first = opCase.inputs.map((_, i) => i === 0);
      assertThrows(
        () => checkBatched(opCase, first, 0),
        GraphError,
        `the op ${name} has no batching rule: ${refused[name]}`,
      );
    });
    continue;
  }
  if (some.length > 0 && !uses(some, Object.keys(refused))) {
    Deno.test(`vmap of ${name}() is ${name}() of each example`, () => {
      for (const opCase of some) {
        choices(opCase).forEach((isBatched, i) => checkBatched(opCase, isBatched, i % 3));
      }
    });
  }
  const smooth = cases.filter(({ derivative }) => derivative !== "none");
  if (smooth.length > 0) {
    Deno.test(`jvp of ${name}() is the slope that differences and two reverse passes give`, () => {
      smooth.forEach(checkForward);
    });
  }
}

/** Whether the cases apply one of these ops to what depends on their inputs. */
function uses(cases: readonly OpCase[], names: readonly string[]): boolean {
  return cases.some((opCase) => {
    const { nodes } = drawCase(opCase);
    return topological([opCase.build(...nodes)]).some(({ op, inputs }) =>
      names.includes(op.name) && topological(inputs).some((x) => nodes.includes(x))
    );
  });
}
