import { type Tensor, tensor } from "../autograd/mod.ts";
import type { Normalization } from "../datasets/mod.ts";
import { elementCount, type Shape } from "../graph/mod.ts";

/**
 * Normalizes raw numbers: raw · scale / std − mean / std. Channels are the first axis of a sample.
 *
 * @param raw f32 [samples, …shape]
 * @param shape shape of one sample, as the model takes it
 */
export function normalize(raw: Tensor, shape: Shape, normalization: Normalization): Tensor {
  const { scale, mean, std } = normalization;
  const factors = std.map((spread) => scale / spread);
  const offsets = mean.map((center, channel) => -center / std[channel]!);
  if (mean.length === 1) return raw.mul(factors[0]!).add(offsets[0]!);
  // a flat sample has its channels one after the other
  const channels = mean.length;
  const ones = shape.slice(1).map(() => 1);
  const rest = shape.length > 1 ? 1 : elementCount(shape) / channels;
  const each = (list: readonly number[]) =>
    tensor(Float32Array.from(list), [channels, 1])
      .broadcastTo([channels, rest]).reshape([channels * rest, ...ones]);
  return raw.mul(each(factors)).add(each(offsets));
}
