/** Runs a case on a backend, step by step as a training loop would. */
import { setHolder } from "../../autograd/binding.ts";
import { bindGraph } from "../../autograd/executable.ts";
import {
  type Backend,
  type DeviceBuffer,
  type HostArray,
  input,
  is,
  type Node,
  rootsOf,
  topological,
  variable,
} from "../../graph/mod.ts";
import type { Case } from "./program.ts";

/** What a backend computed. */
export interface Run {
  /** Of the last step, in the order of the graph's outputs. */
  readonly outputs: readonly HostArray[];
  /** After the last step. */
  readonly variables: ReadonlyMap<Node, HostArray>;
}

/** Runs all steps and disposes of everything. */
export async function run({ graph, data, steps }: Case, backend: Backend): Promise<Run> {
  const nodes = topological([...rootsOf(graph), ...graph.updates.keys()]);
  const buffers = new Map<Node, DeviceBuffer>();
  try {
    for (const node of nodes.filter((node) => is(node, variable))) {
      const buffer = backend.allocate(node.type, "variable");
      buffers.set(node, buffer);
      buffer.write(data.get(node)!);
      setHolder(node, { bufferOn: () => buffer });
    }
    using bound = await bindGraph(graph, backend, "metamorphic");
    for (const node of nodes.filter((node) => is(node, input))) {
      const { name } = node.attrs as { readonly name: string };
      bound.write(name, data.get(node)!);
    }
    for (let step = 0; step < steps; step++) bound.run();
    const outputs = await bound.read();
    const updated = [...graph.updates.keys()];
    const values = await backend.read(updated.map((node) => buffers.get(node)!));
    return { outputs, variables: new Map(updated.map((node, i) => [node, values[i]!])) };
  } finally {
    for (const buffer of buffers.values()) buffer[Symbol.dispose]();
  }
}
