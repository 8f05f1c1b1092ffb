/** What must hold of every graph, however it is run. */
import type { Backend, Graph, HostArray, Node } from "../../graph/mod.ts";
import { PlanBackend } from "../support/plan_backend.ts";
import { boundGraph, type Bounds } from "./bounds/mod.ts";
import { check, checkInterpreter, checkRun, type Expected, expectedOf } from "./expected.ts";
import type { Case } from "./program.ts";
import {
  broadcastNodes,
  cut,
  hasKernels,
  loopForm,
  sharedNodes,
  withExtents,
  withoutUpdates,
} from "./rewrites.ts";
import { run } from "./run.ts";

/** Throws unless it holds of a case on a backend. */
export interface Property {
  readonly name: string;
  /** The other graph that is run, if it is that alone which may be wrong. */
  derive?(subject: Case): Case;
  check(subject: Case, expected: Expected, backend: Backend): Promise<void>;
}

/** One step of another graph over the same sources, and what its outputs may be. */
async function checkOutputs(
  graph: Graph,
  data: ReadonlyMap<Node, HostArray>,
  { bounds, backend }: { bounds: readonly Bounds[]; backend: Backend },
): Promise<void> {
  const { outputs } = await run({ graph, data, steps: 1 }, backend);
  outputs.forEach((values, i) => check(`output ${i}`, values, bounds[i]!));
}

/** Results are what the graph says. */
export const together: Property = {
  name: "all outputs and updates are right, step after step",
  check: async (subject, expected, backend) => {
    checkRun(subject, await run(subject, backend), expected);
  },
};

const reversed: Property = {
  name: "outputs do not depend on their order",
  check: async (subject, expected, backend) => {
    const { outputs, updates } = subject.graph;
    const graph = { outputs: outputs.toReversed(), updates };
    const other = { ...subject, graph };
    checkRun(other, await run(other, backend), expected);
  },
};

const alone: Property = {
  name: "each output alone is what it is among others",
  check: async ({ graph, data }, expected, backend) => {
    const roots = new Set(withoutUpdates(graph).outputs);
    for (const output of roots) {
      const only = { outputs: [output], updates: new Map() };
      await checkOutputs(only, data, { bounds: [expected.steps[0]!.get(output)!], backend });
    }
  },
};

/** Evaluates some values first, and hands them in for those that read them. */
function materialized(name: string, choose: (graph: Graph) => ReadonlySet<Node>): Property {
  return {
    name,
    check: async ({ graph, data }, expected, backend) => {
      const whole = withoutUpdates(graph);
      const chosen = choose(whole);
      if (chosen.size === 0) return;
      const first = { outputs: [...chosen], updates: new Map() };
      const { outputs } = await run({ graph: first, data, steps: 1 }, backend);
      const bounds = expected.steps[0]!;
      first.outputs.forEach((node, i) => check(`value ${i}`, outputs[i]!, bounds.get(node)!));
      const rest = cut(whole, chosen);
      const given = first.outputs.map((node, i) => [rest.inputs.get(node)!, outputs[i]!] as const);
      const wanted = whole.outputs.map((node) => bounds.get(node)!);
      await checkOutputs(rest.graph, new Map([...data, ...given]), { bounds: wanted, backend });
    },
  };
}

const loops: Property = {
  name: "products are what their loops are",
  derive: ({ graph, data, steps }) => ({ graph: loopForm(graph), data, steps }),
  check: async ({ graph, data, steps }, expected, backend) => {
    if (!hasKernels(graph)) return;
    const other = { graph: loopForm(graph), data, steps };
    const { outputs } = await run(other, backend);
    const last = expected.steps.at(-1)!;
    graph.outputs.forEach((node, i) => check(`output ${i}`, outputs[i]!, last.get(node)!));
  },
};

const extents: Property = {
  name: "a value is the same over every extent",
  derive: ({ graph, data }) => ({ graph: withExtents(graph), data, steps: 1 }),
  check: async ({ graph, data }, expected, backend) => {
    const other = withExtents(graph);
    const bounds = boundGraph(other, expected.steps[0]!);
    const wanted = other.outputs.map((node) => bounds.get(node)!);
    await checkOutputs(other, data, { bounds: wanted, backend });
  },
};

const plan: Property = {
  name: "the plan computes what the graph says",
  check: async (subject, expected) => {
    using interpreter = new PlanBackend();
    checkRun(subject, await run(subject, interpreter), expected);
  },
};

const interpreter: Property = {
  name: "the float64 interpreter is within the bounds",
  check: (subject, expected) => Promise.resolve(checkInterpreter(subject, expected)),
};

/** The properties that need no device. */
export const hostProperties: readonly Property[] = [interpreter, plan];

/** The properties of a backend. */
export const backendProperties: readonly Property[] = [
  together,
  reversed,
  alone,
  materialized("values that are read several times may come from outside", sharedNodes),
  materialized("operands that repeat may come from outside", broadcastNodes),
  loops,
  extents,
];

/** All of them. */
export const properties: readonly Property[] = [...hostProperties, ...backendProperties];

/** What does not hold of a case, and how it shows. */
export interface Failure {
  readonly property: Property;
  readonly error: Error;
}

/** The first of these properties that does not hold of a case on a backend. */
export async function findFailure(
  subject: Case,
  backend: Backend,
  list: readonly Property[],
): Promise<Failure | undefined> {
  const expected = expectedOf(subject);
  for (const property of list) {
    try {
      await property.check(subject, expected, backend);
    } catch (error) {
      if (error instanceof Error) return { property, error };
      throw error;
    }
  }
  return undefined;
}
