import { Tensor } from "../autograd/mod.ts";
import { broadcastTo, full, mul, neg, type Node } from "../graph/mod.ts";
import type { Schedule } from "./schedules.ts";
import type { GradientTransform } from "./transform.ts";

/** A rate that stays, or a schedule. */
export type LearningRate = number | Schedule;

/** The rate at a step (i32[]): f32[]. */
export function rateAt(rate: LearningRate, step: Node): Node {
  return typeof rate === "number" ? full(rate, []) : rate(new Tensor(step)).node;
}

/** −rate · update: turns a direction of ascent into what is added to the parameter. */
export function scaleByLearningRate(rate: LearningRate): GradientTransform {
  if (typeof rate === "number" && !(rate >= 0 && Number.isFinite(rate))) {
    throw new RangeError(
      `Cannot scale by a learning rate: it must be a finite number of at least 0: current rate is ${rate}`,
    );
  }
  return {
    name: "scaleByLearningRate",
    slots: () => [],
    apply: (inputs, { step }) => {
      const factor = neg(rateAt(rate, step));
      return inputs.map(({ update }) => ({
        update: mul(update, broadcastTo(factor, update.type.shape)),
        slots: [],
      }));
    },
  };
}
