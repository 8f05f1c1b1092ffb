import { assertEquals } from "@std/assert";
import * as op from "../../graph/mod.ts";
import type { Graph, Node, Pass } from "../../graph/mod.ts";
import {
  cse,
  lowerablePasses,
  nestedSelects,
  simplify,
  splitReductions,
  splitVariance,
} from "../../graph/passes/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { check, expectedOf } from "../metamorphic/expected.ts";
import { buildCase, type Case } from "../metamorphic/program.ts";
import { randomProgram } from "../metamorphic/random_program.ts";

function matrix(name: string, rows: number, columns: number): Node {
  return op.variable(name, { dtype: "f32", shape: [rows, columns] });
}

function graphOf(...outputs: Node[]): Graph {
  return { outputs, updates: new Map() };
}

const small: Parameters<typeof splitReductions>[0] = {
  slotsPerDispatch: 8,
  bytesPerSlot: 2 ** 20,
  longRow: 16,
  parallelRows: 4,
};

Deno.test("simplify drops markers, identities and constant arithmetic", () => {
  const x = matrix("x", 2, 3);
  const one = op.fullLike(x, 1);
  const half = op.broadcastTo(op.reshape(op.full(0.5, []), [1, 1]), [2, 3]);
  const y = op.neg(op.neg(op.mul(op.div(op.stopGradient(x), one), op.sub(one, half))));
  const graph = graphOf(op.gradient(y, x, op.full(0, [])));
  assertEquals(
    op.print(graph),
    `%0: f32[2, 3] = variable name="x"
%1: f32[2, 3] = stopGradient %0
%2: f32[2, 3] = full value=1
%3: f32[2, 3] = div %1 %2
%4: f32[] = full value=0.5
%5: f32[1, 1] = reshape %4 shape=[1,1]
%6: f32[2, 3] = broadcastTo %5 shape=[2,3]
%7: f32[2, 3] = sub %2 %6
%8: f32[2, 3] = mul %3 %7
%9: f32[2, 3] = neg %8
%10: f32[2, 3] = neg %9
%11: f32[] = full value=0
%12: f32[2, 3] = gradient %10 %0 %11
outputs %12
`,
  );
  assertEquals(
    op.print(simplify(graph)),
    `%0: f32[2, 3] = variable name="x"
%1: f32[2, 3] = full value=0.5
%2: f32[2, 3] = mul %0 %1
outputs %2
`,
  );
});

Deno.test("simplify drops permutations that change nothing, also composed ones", () => {
  const x = matrix("x", 2, 3);
  const back = op.transpose(op.transpose(op.neg(x)));
  const { outputs } = simplify(graphOf(back, op.permute(op.abs(x), [0, 1])));
  assertEquals(outputs.map((node) => node.op.name), ["neg", "abs"]);
});

Deno.test("cse merges constants of the same elements, and tells 0 from −0", () => {
  const constants = [[0, 1], [0, 1], [-0, 1], [0, 2]].map((data) =>
    op.constant(Float32Array.from(data), [2])
  );
  const integers = op.constant(Int32Array.of(0, 1), [2]);
  const { outputs } = cse(graphOf(...[...constants, integers].map((node) => op.neg(node))));
  assertEquals(new Set(outputs.map(({ inputs: [x] }) => x)).size, 4);
  assertEquals(outputs[0], outputs[1]);
});

Deno.test("simplify turns the transpose of a product into a product of transposes", () => {
  const graph = graphOf(
    op.transpose(op.matmul(op.transpose(matrix("a", 5, 2)), matrix("b", 5, 3))),
  );
  assertEquals(
    op.print(simplify(graph)),
    `%0: f32[5, 3] = variable name="b"
%1: f32[3, 5] = permute %0 order=[1,0]
%2: f32[5, 2] = variable name="a"
%3: f32[3, 2] = matmul %1 %2
outputs %3
`,
  );
});

Deno.test("simplify keeps what NaN, infinities and signed zeros would see", () => {
  const x = matrix("x", 1, 1);
  const zero = op.fullLike(x, 0);
  const graph = graphOf(op.mul(x, zero), op.sub(x, x), op.add(x, zero), op.div(zero, x));
  assertEquals(simplify(graph).outputs, graph.outputs);
});

Deno.test("cse merges equal ops of equal inputs, but no sources", () => {
  const [a, b] = [matrix("w", 2, 2), matrix("w", 2, 2)];
  const graph = graphOf(
    op.add(op.reduceSum(a, [0]), op.reduceSum(a, [0])),
    op.add(op.reduceSum(b, [0]), op.reduceSum(b, [1])),
    op.full(0, []),
    op.full(-0, []),
    op.full(0, []),
  );
  assertEquals(
    op.print(cse(graph)),
    `%0: f32[2, 2] = variable name="w"
%1: f32[2] = reduceSum %0 axes=[0]
%2: f32[2] = add %1 %1
%3: f32[2, 2] = variable name="w"
%4: f32[2] = reduceSum %3 axes=[0]
%5: f32[2] = reduceSum %3 axes=[1]
%6: f32[2] = add %4 %5
%7: f32[] = full value=0
%8: f32[] = full value=-0
outputs %2 %6 %7 %8 %7
`,
  );
});

Deno.test("splitReductions gives a long row two stages and leaves short ones alone", () => {
  const long = op.reduceSum(matrix("long", 1, 64), [0, 1]);
  const short = op.reduceSum(matrix("short", 2, 8), [1]);
  const wide = op.reduceSum(matrix("wide", 8, 64), [1]);
  const graph = graphOf(op.LABEL.set(long, "total"), short, wide);
  assertEquals(
    op.print(splitReductions(small)(graph)),
    `%0: f32[1, 64] = variable name="long"
%1: f32[4, 16] = reshape %0 shape=[4,16]
%2: f32[4] = reduceSum %1 axes=[1]
%3: f32[] = reduceSum %2 axes=[0] "total"
%4: f32[2, 8] = variable name="short"
%5: f32[2] = reduceSum %4 axes=[1]
%6: f32[8, 64] = variable name="wide"
%7: f32[8] = reduceSum %6 axes=[1]
outputs %3 %5 %7
`,
  );
});

Deno.test("splitReductions splits several axes if no single one has enough parts", () => {
  const images = op.variable("images", { dtype: "f32", shape: [4, 3, 7, 8] });
  const all = op.reduceSum(images, [0, 1, 2, 3]);
  const channels = op.reduceMax(images, [0, 2, 3]);
  const firstAlone = op.reduceSum(op.reshape(images, [42, 16]), [0, 1]);
  assertEquals(
    op.print(splitReductions(small)(graphOf(all, channels, firstAlone))),
    `%0: f32[4, 3, 7, 8] = variable name="images"
%1: f32[4, 3, 7] = reduceSum %0 axes=[3]
%2: f32[] = reduceSum %1 axes=[0,1,2]
%3: f32[4, 3, 7] = reduceMax %0 axes=[3]
%4: f32[3] = reduceMax %3 axes=[0,2]
%5: f32[42, 16] = reshape %0 shape=[42,16]
%6: f32[42] = reduceSum %5 axes=[1]
%7: f32[] = reduceSum %6 axes=[0]
outputs %2 %4 %7
`,
  );
});

Deno.test("splitVariance takes two stages for a mean and its variance together", () => {
  const x = op.variable("x", { dtype: "f32", shape: [6, 2, 5, 4] });
  const spread = op.variance(x, [0, 2, 3]);
  const graph = { outputs: [spread, spread.inputs[2]!], updates: new Map() };
  const limits = { ...small, longRow: 64 };
  const after = lowerablePasses(limits)(graph);
  op.verify(after);
  const { plan } = op.lower(graph, limits, "variance");
  assertEquals(plan.dispatches.length, 2);
  const data = Float32Array.from({ length: 240 }, (_, i) => 1000 + Math.sin(i * i));
  const [before, split] = [graph, after].map((each) => {
    const values = op.interpret(each, new Map([[x, data]]));
    return each.outputs.map((node) => values.get(node)!);
  });
  split!.forEach((values, i) =>
    assertAllClose(values, before![i]!, { relative: 1e-9, absolute: 0 }, `output ${i}`)
  );
});

Deno.test("splitVariance leaves alone what needs no split, and what has no elements", () => {
  const [few, none] = [[2, 2, 3], [2, 0, 3]].map((shape) =>
    op.variable("x", { dtype: "f32", shape })
  );
  for (const [x, axes] of [[few!, [0, 2]], [none!, [1]]] as const) {
    const graph = graphOf(op.variance(x, axes));
    assertEquals(op.print(splitVariance(small)(graph)), op.print(graph));
  }
});

Deno.test("nestedSelects drops masks of what a select throws away, where nothing else sees them", () => {
  const [x, y, mask] = [matrix("x", 2, 3), matrix("y", 2, 3), matrix("mask", 2, 3)];
  const condition = op.greater(mask, y);
  const masked = op.select(condition, op.fullLike(x, 0), op.mul(x, y));
  const next = op.select(condition, x, op.add(x, op.neg(masked)));
  assertEquals(
    op.print(nestedSelects(graphOf(next))),
    `%0: f32[2, 3] = variable name="mask"
%1: f32[2, 3] = variable name="y"
%2: bool[2, 3] = greater %0 %1
%3: f32[2, 3] = variable name="x"
%4: f32[2, 3] = mul %3 %1
%5: f32[2, 3] = neg %4
%6: f32[2, 3] = add %3 %5
%7: f32[2, 3] = select %2 %3 %6
outputs %7
`,
  );
  // the negative is an output too, with its mask: it is not computed a second time
  const shared = op.neg(masked);
  const graph = graphOf(op.select(condition, x, op.add(x, shared)), shared);
  assertEquals(op.print(nestedSelects(graph)), op.print(graph));
  // what another condition throws away is not that of this one
  const other = graphOf(op.select(op.greater(y, mask), x, op.add(x, op.neg(masked))));
  assertEquals(op.print(nestedSelects(other)), op.print(other));
  // a view takes elements from other places
  const turned = op.reshape(op.permute(op.neg(masked), [1, 0]), [2, 3]);
  const moved = graphOf(op.select(condition, x, turned));
  assertEquals(op.print(nestedSelects(moved)), op.print(moved));
});

Deno.test("nestedSelects takes chains that are longer than the call stack is deep", () => {
  const [x, y] = [matrix("x", 2, 3), matrix("y", 2, 3)];
  const condition = op.greater(x, y);
  let chain = x;
  for (let i = 0; i < 20_000; i++) {
    chain = i % 2 === 0 ? op.add(chain, y) : op.select(condition, x, chain);
  }
  const once = nestedSelects(graphOf(chain));
  // every select knows of the one before it
  const selects = op.topological(op.rootsOf(once)).filter((node) => op.is(node, op.select));
  assertEquals(selects.length, 1);
});

function checkSameResult(pass: Pass, { graph, data, steps }: Case): void {
  const expected = expectedOf({ graph, data, steps });
  const after = pass(graph);
  op.verify(after);
  const values = op.interpret(after, data);
  op.rootsOf(graph).forEach((root, i) => {
    const replaced = op.rootsOf(after)[i]!;
    check(`root ${i}`, values.get(replaced)!, expected.steps[0]!.get(root)!);
  });
  assertEquals([...after.updates.keys()], [...graph.updates.keys()]);
}

const randomCases = Array.from({ length: 150 }, (_, i) => buildCase(randomProgram(i + 1)));

const passes: Readonly<Record<string, Pass>> = {
  simplify,
  cse,
  nestedSelects: op.pipeline(cse, nestedSelects),
  splitReductions: splitReductions(small),
  splitVariance: splitVariance(small),
  "what comes before lowering": lowerablePasses(small),
};

for (const [name, pass] of Object.entries(passes)) {
  Deno.test(`${name} keeps what random graphs compute`, () => {
    randomCases.forEach((subject) => checkSameResult(pass, subject));
  });
}

for (const [name, pass] of Object.entries({ simplify, cse, nestedSelects })) {
  Deno.test(`${name} leaves nothing to do for itself`, () => {
    for (const { graph } of randomCases) {
      const once = pass(graph);
      assertEquals(op.print(pass(once)), op.print(once));
    }
  });
}
