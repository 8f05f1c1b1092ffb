import type { Tensor } from "../autograd/mod.ts";
import type { ForwardContext, Module } from "../layers/mod.ts";

/**
 * A model of the samples of a batch, f32 [rows, …]. If the data have further inputs, it takes
 * `{ x, …inputs }` instead. It returns f32 [rows, classes].
 */
export type BatchModel = Module | Module<{ readonly x: Tensor }>;

/** The samples of a batch, and their further inputs by name, if there are any. */
export type BatchInputs = Tensor | { readonly x: Tensor; readonly [name: string]: Tensor };

/** Runs a model. The constructor of `Trainer` has tried these inputs. */
export function logitsOf(model: BatchModel, inputs: BatchInputs, context?: ForwardContext): Tensor {
  return model.forward(inputs as never, context);
}
