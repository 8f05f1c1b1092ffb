import { Tensor } from "../autograd/mod.ts";
import {
  broadcastTo,
  callable,
  checkOption,
  either,
  formatFound,
  formatType,
  full,
  mul,
  neg,
  type Node,
  nonNegativeNumber,
  type ValueRule,
} from "../graph/mod.ts";
import type { Schedule } from "./schedules.ts";
import type { GradientTransform } from "./transform.ts";

/** A constant rate, or a schedule. */
export type LearningRate = number | Schedule;

/** The rule for a learning rate. */
export const rateOrSchedule: ValueRule = either(
  nonNegativeNumber,
  { ...callable, text: "a schedule" },
);

/** The rate at a step (i32[]): f32[]. */
export function rateAt(rate: LearningRate, step: Node): Node {
  checkOption("use a learning rate", { rate }, rateOrSchedule);
  if (typeof rate === "number") return full(rate, []);
  const value: unknown = rate(new Tensor(step));
  if (value instanceof Tensor && formatType(value.node.type) === "f32[]") return value.node;
  throw new TypeError(
    `Cannot use a schedule: it must make an f32[] of the step: current is ${
      value instanceof Tensor ? formatType(value.node.type) : formatFound(value)
    }`,
  );
}

/** −rate · update: turns a direction of ascent into what is added to the parameter. */
export function scaleByLearningRate(rate: LearningRate): GradientTransform {
  checkOption("scale by a learning rate", { learningRate: rate }, rateOrSchedule);
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
