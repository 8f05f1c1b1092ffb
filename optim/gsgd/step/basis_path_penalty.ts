import { fullLike, mul, type Node, select, square, sub } from "../../../graph/mod.ts";
import { freeMask, inEdgeMask, pathValue, type RouteProducts } from "./path_values.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";

/**
 * ∂R/∂v of basis-path regularization [gsgd.md §13, after Zheng et al. 2018], smooth in v:
 *
 *     R(v) = λ·(½ Σ_plain v² + ¼ Σ_trained (v² − 1)²)
 *
 * It draws path values of plain weights and of hidden biases to 0, and those of skeleton
 * weights to 1 or −1, where they began. 0 at free weights, which have no path.
 */
export function penaltyGradient(
  tensor: SkeletonTensor,
  products: RouteProducts,
  strength: number,
): Node {
  const value = pathValue(tensor, products);
  const scaled = mul(value, fullLike(value, strength));
  const inEdges = inEdgeMask(tensor);
  const distance = sub(square(value), fullLike(value, 1));
  const slope = inEdges ? select(inEdges, mul(scaled, distance), scaled) : scaled;
  const free = freeMask(tensor);
  return free ? select(free, fullLike(slope, 0), slope) : slope;
}
