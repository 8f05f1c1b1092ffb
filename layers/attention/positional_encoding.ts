import { type Tensor, tensor } from "../../autograd/mod.ts";
import { checkOption, positiveWhole } from "../../graph/mod.ts";

/**
 * Sines and cosines of positions [Vaswani et al. 2017, sec. 3.5], f32 [positions, features]:
 *
 *     result[p, 2i] = sin(p / 10000^(2i / features)),  result[p, 2i + 1] = cos(…)
 *
 * @throws {RangeError} if a size is not a positive whole number
 *
 * @example Add positions to embeddings
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { positionalEncoding, zeros } from "@gspace/gspace";
 *
 * assertEquals(zeros([3, 5, 8]).add(positionalEncoding(5, 8)).shape, [3, 5, 8]);
 * ```
 */
export function positionalEncoding(positions: number, features: number): Tensor<"f32"> {
  checkOption("make a positional encoding", { positions, features }, positiveWhole);
  const values = Float32Array.from({ length: positions * features }, (_, index) => {
    const [position, feature] = [Math.floor(index / features), index % features];
    const angle = position / 10_000 ** ((feature - feature % 2) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tensor(values, [positions, features]);
}
