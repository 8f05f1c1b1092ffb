import { Tensor } from "../autograd/mod.ts";
import { allReduceSum, perRank } from "../graph/mod.ts";

/**
 * Marks a value, of any dtype and shape, that differs between ranks. What depends on it must be
 * summed before it becomes an update or an output. The value does not change.
 */
export function ofThisRank(x: Tensor): Tensor {
  return new Tensor(perRank(x.node));
}

/**
 * The sum of x, f32 of any shape, over all ranks; the same bits on each. Its derivative is the sum
 * of the ranks' derivatives.
 * @throws {DTypeError} if x is not f32
 */
export function sumOverRanks(x: Tensor): Tensor {
  return new Tensor(allReduceSum(x.node));
}
