import { Tensor } from "../autograd/mod.ts";
import { formatFound } from "../graph/mod.ts";
import { Lambda, type LayerFunction } from "./lambda.ts";
import { type ForwardContext, inference, Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** A layer of `Sequential`: a module, or a function from tensor to tensor. */
export type Layer = Module | LayerFunction;

/**
 * Applies layers in order, given one by one or as one list. They are named by position: `0.weight`,
 * `0.bias`, `2.weight`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, Linear, ReLU, Sequential } from "@gspace/gspace";
 *
 * const model = initialize(
 *   new Sequential(new Linear(49, 32), new ReLU(), new Linear(32, 10), (x) => x.tanh()),
 *   { seed: 1 },
 * );
 * assertEquals([...model.namedParameters().keys()], ["0.weight", "0.bias", "2.weight", "2.bias"]);
 * ```
 */
export class Sequential extends Module {
  /** The layers, in order. */
  readonly layers: readonly Module[];

  /** `layers`: the layers, in order. */
  constructor(...layers: readonly Layer[] | readonly [readonly Layer[]]) {
    super();
    const [first] = layers;
    const list = layers.length === 1 && Array.isArray(first) ? first : layers;
    this.layers = [...list as readonly Layer[]].map(moduleOf);
  }

  /** The layers, by position. */
  override children(): ReadonlyMap<string, Module> {
    return new Map(this.layers.map((layer, position) => [`${position}`, layer]));
  }

  /** The output of the last layer. */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    mustBeTensor(x, this.label);
    return this.layers.reduce((value, layer) => {
      const output = layer.forward(value, context);
      if (!(output instanceof Tensor)) throw notOneTensor(layer, output);
      // a layer that does nothing (dropout outside training) must not rename its input
      return output.node === value.node ? output : output.named(layer.label);
    }, x);
  }
}

function notOneTensor(layer: Module, output: unknown): TypeError {
  return new TypeError(
    `Cannot apply a Sequential: each layer must return one tensor: "${layer.label}" returned ` +
      `${formatFound(output)}: use a Module of your own for layers with several outputs`,
  );
}

function moduleOf(layer: Layer): Module {
  if (layer instanceof Module) return layer;
  if (typeof layer === "function") return new Lambda(layer);
  throw new TypeError(
    "Cannot make a Sequential: each layer must be a module or a function: current is " +
      formatFound(layer),
  );
}
