import { type Backend, type Graph, lower, verify } from "../graph/mod.ts";
import { type Binding, BoundPlan } from "../program/bound_plan.ts";
import { holderOf } from "./binding.ts";

/** Lowers a graph, binds it to the buffers of its variables, and compiles it. */
export async function bindGraph(
  graph: Graph,
  backend: Backend,
  label: string,
): Promise<BoundPlan> {
  verify(graph);
  const { plan, externals } = lower(graph, backend.limits, label);
  const bindings = new Map<number, Binding>();
  for (const [slot, external] of externals) {
    bindings.set(
      slot,
      external.kind === "variable"
        ? { kind: "buffer", buffer: holderOf(external.node).bufferOn(backend) }
        : external,
    );
  }
  const outputTypes = graph.outputs.map(({ type }) => type.dtype);
  return await BoundPlan.create({ plan, bindings, outputTypes }, backend);
}
