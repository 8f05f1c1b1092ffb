import type { Tensor } from "../autograd/mod.ts";
import { callable, checkOption } from "../graph/mod.ts";
import { type ForwardContext, inference, Module } from "./module.ts";

/** A function from tensor to tensor, which may read the context. */
export type LayerFunction = (x: Tensor, context: ForwardContext) => Tensor;

/** A function as a layer without parameters. `Sequential` makes one of each function it is given. */
export class Lambda extends Module {
  readonly #fn: LayerFunction;

  /** `fn`: computes the output. */
  constructor(fn: LayerFunction) {
    super();
    checkOption("make a Lambda layer", { fn }, callable);
    this.#fn = fn;
  }

  /** The function's result. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    return this.#fn(x, context);
  }
}
