import { Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  formatFound,
  hostArrays,
  input,
  type Shape,
  shapeSizes,
  type TensorType,
} from "../graph/mod.ts";

/**
 * The input of a model for one sample, without the batch axis: the shape of an f32 tensor, a type
 * such as `i32([128])`, or for a model of several inputs an array or an object of these.
 */
export type SampleInput = Shape | TensorType | readonly SampleInput[] | SampleInputs;

/** The inputs of a model for one sample, by name. */
export interface SampleInputs {
  /** Shape or type of an input. */
  readonly [name: string]: SampleInput;
}

const action = "summarize a model";

/**
 * Symbolic tensors for a batch of one sample, in the structure of `sample`.
 * @throws {TypeError} naming the part that is neither a shape nor a type
 * @throws {RangeError} if a shape has sizes that are not whole numbers
 */
export function symbolicBatch(sample: unknown, name = "sample"): unknown {
  if (isShape(sample)) {
    checkOption(action, { [name]: sample }, shapeSizes);
    return symbol(name, { dtype: "f32", shape: sample });
  }
  if (isType(sample)) return symbol(name, sample);
  if (Array.isArray(sample)) return sample.map((item, i) => symbolicBatch(item, `${name}[${i}]`));
  if (typeof sample === "object" && sample !== null && Object.keys(sample).length > 0) {
    const parts = Object.entries(sample);
    return Object.fromEntries(
      parts.map(([key, item]) => [key, symbolicBatch(item, `${name}.${key}`)]),
    );
  }
  throw new TypeError(
    `Cannot ${action}: ${name} must be the shape of a sample, a type such as i32([128]), or ` +
      `an array or an object of these: current is ${formatFound(sample)}`,
  );
}

function symbol(name: string, { dtype, shape }: TensorType): Tensor {
  return new Tensor(input(name, { dtype, shape: [1, ...shape] }));
}

/** Lists of numbers are shapes, also if their sizes are invalid. */
function isShape(sample: unknown): sample is Shape {
  return Array.isArray(sample) && sample.every((item) => typeof item === "number");
}

function isType(sample: unknown): sample is TensorType {
  if (typeof sample !== "object" || sample === null || !("dtype" in sample)) return false;
  const { dtype } = sample;
  return typeof dtype === "string" && Object.hasOwn(hostArrays, dtype) && "shape" in sample &&
    shapeSizes.holds(sample.shape);
}
