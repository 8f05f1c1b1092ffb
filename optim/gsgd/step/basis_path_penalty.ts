import { add, fullLike, mul, type Node, select, square, sub } from "../../../graph/mod.ts";
import { inEdgeMask, pathValue, type RouteProducts, selectFree } from "./path_values.ts";
import type { SkeletonTensor } from "../skeleton/skeleton.ts";

/**
 * ∂L/∂v + ∂R/∂v with basis-path regularization [gsgd.md §13, after Zheng et al. 2018], smooth in v:
 *
 *     R(v) = λ·(½ Σ_plain v² + ¼ Σ_trained (v² − 1)²)
 *
 * It draws path values of plain weights and of hidden biases to 0, and those of skeleton
 * weights to 1 or −1, where they began. Free weights have no path.
 */
export function penalized(
  gradient: Node,
  tensor: SkeletonTensor,
  products: RouteProducts,
  strength: number,
): Node {
  if (strength === 0) return gradient;
  const value = pathValue(tensor, products);
  const scaled = mul(value, fullLike(value, strength));
  const inEdges = inEdgeMask(tensor);
  const distance = sub(square(value), fullLike(value, 1));
  const slope = inEdges ? select(inEdges, mul(scaled, distance), scaled) : scaled;
  return add(gradient, selectFree(tensor, fullLike(slope, 0), slope));
}
