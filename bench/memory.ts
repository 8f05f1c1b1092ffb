/**
 * Memory of a residual network's training step, computed from its plan without running it.
 * @module
 */
import { lower, type Plan, temporaryBytes } from "../graph/mod.ts";
import { type Backend, f32, i32, initialize, Optimizer, ResNet, sgd, trace } from "../mod.ts";
import { trainingStep } from "./training_step.ts";

/** The network and batch size for the memory goal. */
export const memoryCase = { depth: 20, batch: 128 } as const;

/** Memory of a step on a device. */
export interface MemoryRow {
  readonly device: string;
  /** Bytes of temporary memory. */
  readonly temporaryBytes: number;
  /** Of these, bytes that the backward pass reads. */
  readonly keptBytes: number;
}

/** Plans a step of SGD for a device. */
export function measureMemory({ name, limits }: Pick<Backend, "name" | "limits">): MemoryRow {
  const plan = residualStep(memoryCase, limits);
  const { keptBytes = NaN } = plan;
  return { device: name, temporaryBytes: temporaryBytes(plan), keptBytes };
}

function residualStep(
  { depth, batch }: { readonly depth: number; readonly batch: number },
  limits: Backend["limits"],
): Plan {
  const model = initialize(new ResNet(depth), { seed: 1 });
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  const types = { x: f32([batch, 3, 32, 32]), y: i32([batch]) };
  const { graph } = trace(types, trainingStep(model, optimizer));
  return lower(graph, limits, `resnet-${depth}`).plan;
}
