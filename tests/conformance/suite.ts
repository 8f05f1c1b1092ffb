import { evaluate, pullBack } from "../../autograd/mod.ts";
import {
  type Backend,
  constant,
  elementCount,
  type HostArray,
  interpret,
  type Node,
} from "../../graph/mod.ts";
import { casesByName } from "../cases/ops.ts";
import { describe, drawCase, type OpCase } from "../cases/op_case.ts";
import { assertAllClose, type Tolerance } from "../support/close.ts";
import { generator } from "../support/random.ts";

/** Registers a test that gets a backend, and that fails if buffers are left over. */
export type BackendTest = (name: string, test: (backend: Backend) => Promise<void>) => void;

/**
 * f32 against float64: relative 1e-5 for one operation, 1e-4 after a sum. The elements are
 * of order one, so a sum of n of them is of order √n, and that is what its error is
 * relative to when terms cancel.
 */
export function f32Tolerance(terms = 1): Tolerance {
  const relative = terms > 1 ? 1e-4 : 1e-5;
  return { relative, absolute: relative / 10 * Math.sqrt(Math.max(1, terms)) };
}

const exact: Tolerance = { relative: 0, absolute: 0 };

async function checkValues(cases: readonly OpCase[], backend: Backend): Promise<void> {
  const drawn = cases.map(drawCase);
  const nodes = cases.map((opCase, i) => opCase.build(...drawn[i]!.nodes));
  const results = await evaluate(nodes.map((node) => ({ node })), { backend });
  cases.forEach((opCase, i) => {
    const expected = opCase.reference(...drawn[i]!.tensors).data;
    const tolerance = nodes[i]!.type.dtype === "f32" ? f32Tolerance(opCase.terms) : exact;
    assertAllClose(results[i]!, expected, tolerance, `${describe(opCase)} on ${backend.name}`);
  });
}

interface Gradients {
  readonly nodes: readonly Node[];
  readonly terms: number;
  readonly what: string;
}

/** The gradients of all f32 inputs for a random cotangent. */
function gradientsOf(opCase: OpCase): Gradients {
  const { nodes } = drawCase(opCase);
  const output = opCase.build(...nodes);
  const random = generator(5);
  const count = elementCount(output.type.shape);
  const cotangent = Float32Array.from({ length: count }, () => 2 * random() - 1);
  const inputs = nodes.filter(({ type }) => type.dtype === "f32");
  const largest = Math.max(count, ...inputs.map(({ type }) => elementCount(type.shape)));
  return {
    nodes: pullBack(output, constant(cotangent, output.type.shape), inputs),
    // A broadcast is summed over in the gradient, and a sum is spread.
    terms: Math.max(opCase.terms ?? 1, Math.min(largest, 4096)),
    what: `gradient of ${describe(opCase)}`,
  };
}

async function checkGradients(cases: readonly OpCase[], backend: Backend): Promise<void> {
  const all = cases.map(gradientsOf);
  const nodes = all.flatMap((gradients) => gradients.nodes);
  const results = await evaluate(nodes.map((node) => ({ node })), { backend });
  const byNode = new Map<Node, HostArray>(nodes.map((node, i) => [node, results[i]!]));
  const expected = interpret(nodes);
  for (const { nodes, terms, what } of all) {
    for (const node of nodes) {
      const message = `${what} on ${backend.name}`;
      assertAllClose(byNode.get(node)!, expected.get(node)!, f32Tolerance(terms), message);
    }
  }
}

/**
 * Ops on a backend: values against naive references, gradients against float64.
 * @param table the cases of each op; by default all of them
 */
export function opConformance(
  backendTest: BackendTest,
  table: ReadonlyMap<string, readonly OpCase[]> = casesByName(),
): void {
  for (const [name, cases] of table) {
    backendTest(
      `${name}() computes what its reference does`,
      (backend) => checkValues(cases, backend),
    );
    const smooth = cases.filter(({ derivative }) => derivative !== "none");
    if (smooth.length > 0) {
      backendTest(
        `the gradient of ${name}() is the one of float64`,
        (backend) => checkGradients(smooth, backend),
      );
    }
  }
}
