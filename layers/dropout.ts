import { Tensor, where, zeros } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  GraphError,
  numberIn,
  randomUniform,
  type Shape,
  ShapeError,
} from "../graph/mod.ts";
import { batchPartRules } from "./context.ts";
import { type BatchPart, type ForwardContext, inference, Module } from "./module.ts";
import { nextStream } from "./random.ts";
import { mustBeTensor } from "./_input.ts";

/**
 * In training, sets each element to 0 with probability `rate`, and scales the others by
 * 1 / (1 − rate), which keeps the expected value. In inference, does nothing.
 */
export class Dropout extends Module {
  /** Probability that an element is dropped. */
  readonly rate: number;

  /** `rate`: probability of dropping an element, in [0, 1). */
  constructor(rate = 0.5) {
    super();
    checkOption("make a Dropout layer", { rate }, numberIn("[0, 1)"));
    this.rate = rate;
  }

  /**
   * Drops elements if `context.training`. A layer that runs twice with the same context, or in the
   * same compiled step, drops different elements each time.
   * @throws {GraphError} if `context.counter` is missing in training
   */
  override forward(x: Tensor, context: ForwardContext = inference): Tensor {
    mustBeTensor(x, this.label);
    if (!context.training || this.rate === 0) return x;
    if (!context.counter) {
      throw new GraphError(
        `Cannot apply "${this.label}": context.counter is required in training: ` +
          "pass the optimizer's step",
      );
    }
    const { stream, draw } = nextStream(context, this.path);
    const { seed = 0, part } = context;
    const shape = part ? shapeOfBatch(x, part, this.label) : x.shape;
    const attrs = { shape, seed, stream };
    const all = new Tensor(randomUniform(context.counter.node, attrs, draw));
    const from = part ? part.from * x.shape[0]! / part.count : 0;
    const uniform = part ? all.slice([from, ...x.shape.slice(1).map(() => 0)], x.shape) : all;
    return where(uniform.less(this.rate), zeros([]), x.mul(1 / (1 - this.rate)));
  }
}

/**
 * Shape of what a layer would see of the whole batch, so that a part draws the numbers that one
 * process draws. Axis 0 may also join the batch with other axes after it.
 */
function shapeOfBatch(
  { shape: [rows = 1, ...rest] }: Tensor,
  part: BatchPart,
  label: string,
): Shape {
  checkOptions(`apply "${label}" to a part of a batch`, part, batchPartRules);
  if (rows % part.count === 0) return [rows / part.count * part.of, ...rest];
  throw new ShapeError(
    `Cannot apply "${label}" to a part of a batch: axis 0 must be its ${part.count} rows: ` +
      `current shape is [${[rows, ...rest].join(", ")}]`,
  );
}
