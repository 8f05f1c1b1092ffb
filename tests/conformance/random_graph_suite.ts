import fc from "fast-check";
import { BoundGraph } from "../../autograd/executable.ts";
import { type Backend, interpret, type Node, print } from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { makeGraph, type RandomGraph, type Recipe } from "./random_graph.ts";
import type { BackendTest } from "./suite.ts";

const choice = fc.record({
  op: fc.nat(255),
  a: fc.nat(255),
  b: fc.nat(255),
  c: fc.nat(255),
});

const size = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 7 }) }, {
  weight: 1,
  arbitrary: fc.constantFrom(0, 16, 33),
});

/** Arbitrary recipes of random graphs. */
export const recipes: fc.Arbitrary<Recipe> = fc.record({
  shapes: fc.array(fc.array(size, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  choices: fc.array(choice, { maxLength: 25 }),
  roots: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
  learns: fc.boolean(),
});

/**
 * Up to thirty ops in a row and two steps: each op adds a rounding error of 1e-7 of its
 * largest operand, and none of them magnifies it by much, as all values are of order one.
 */
const tolerance = { relative: 1e-3, absolute: 2e-4 };

const STEPS = 2;

/** Values of outputs and variables after two steps, in float64. */
function expectedOf({ graph, variables }: RandomGraph): Map<Node, Float64Array> {
  let state = new Map<Node, Float64Array>(
    variables.map(({ node, hostValue }, i) => [
      node,
      Float64Array.from(hostValue.call(variables[i]!)!),
    ]),
  );
  let values = new Map<Node, Float64Array>();
  for (let step = 0; step < STEPS; step++) {
    values = interpret(graph, state);
    state = new Map([...graph.updates].map(([key, next]) => [key, values.get(next)!]));
  }
  return new Map([...graph.outputs.map((node) => [node, values.get(node)!] as const), ...state]);
}

async function checkRecipe(recipe: Recipe, backend: Backend): Promise<void> {
  const random = makeGraph(recipe);
  const { graph, variables } = random;
  const expected = expectedOf(random);
  try {
    using bound = await BoundGraph.create(graph, backend, "random");
    for (let step = 0; step < STEPS; step++) bound.run();
    const outputs = await bound.read();
    graph.outputs.forEach((node, i) => {
      if (graph.updates.has(node)) return; // an output that is a variable: which value is told below
      assertAllClose(outputs[i]!, expected.get(node)!, tolerance, `output ${i}`);
    });
    for (const variable of variables) {
      const actual = await variable.data();
      assertAllClose(actual, expected.get(variable.node)!, tolerance, variable.name);
    }
  } catch (error) {
    throw new Error(`on ${backend.name}, of the graph\n${print(graph)}`, { cause: error });
  } finally {
    variables.forEach((variable) => variable[Symbol.dispose]());
  }
}

/** Random graphs give on a backend what the interpreter gives. */
export function randomGraphConformance(
  backendTest: BackendTest,
  { runs, seed = 20190515 }: { readonly runs: number; readonly seed?: number },
): void {
  backendTest(
    `${runs} random graphs compute what the interpreter does`,
    (backend) =>
      fc.assert(fc.asyncProperty(recipes, (recipe) => checkRecipe(recipe, backend)), {
        numRuns: runs,
        seed,
      }),
  );
}
