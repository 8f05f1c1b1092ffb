/** The batching rules of convolutions: examples become samples, or groups of channels. */
import { makeNode, type Node, type VmapContext } from "../node.ts";
import { reshape } from "./broadcast.ts";
import { permute } from "./views.ts";
import type { Conv2dAttrs } from "./window_options.ts";

/** [size, n, c, h, w] → [size · n, c, h, w]. */
function asSamples(x: Node): Node {
  const [size, n, ...rest] = x.type.shape as [number, number, ...number[]];
  return reshape(x, [size * n, ...rest]);
}

/** [size, n, c, h, w] → [n, size · c, h, w]. */
function asChannels(x: Node): Node {
  const [size, n, c, ...rest] = x.type.shape as [number, number, number, ...number[]];
  return reshape(permute(x, [1, 0, 2, 3, 4]), [n, size * c, ...rest]);
}

/** [n, size · c, h, w] → [size, n, c, h, w]. */
function fromChannels(x: Node, size: number): Node {
  const [n, c, ...rest] = x.type.shape as [number, number, ...number[]];
  return permute(reshape(x, [n, size, c / size, ...rest]), [1, 0, 2, 3, 4]);
}

/** Each example has groups of channels of its own. */
function grouped(attrs: Conv2dAttrs, size: number): Conv2dAttrs {
  const { images, weight, groups } = attrs;
  return {
    ...attrs,
    images: images.with(1, images[1]! * size),
    weight: weight.with(0, weight[0]! * size),
    groups: groups * size,
  };
}

/** The rule of a convolution, or of its gradient with respect to images, by a weight. */
export function convolveEach(
  { output: { op, type }, inputs, isBatched, all, size, attrs }: VmapContext<Conv2dAttrs>,
): Node {
  if (!isBatched[1]) {
    const images = attrs.images.with(0, attrs.images[0]! * size);
    const flat = makeNode(op, [asSamples(inputs[0]!), inputs[1]!], { ...attrs, images });
    return reshape(flat, [size, ...type.shape]);
  }
  const [x, weight] = all() as readonly [Node, Node];
  const filters = reshape(weight, [size * attrs.weight[0]!, ...attrs.weight.slice(1)]);
  return fromChannels(makeNode(op, [asChannels(x), filters], grouped(attrs, size)), size);
}

/** The rule of the gradient of a convolution with respect to its weight. */
export function weightGradientOfEach(
  { output: { op, type }, all, size, attrs }: VmapContext<Conv2dAttrs>,
): Node {
  const [x, g] = all() as readonly [Node, Node];
  const filters = makeNode(op, [asChannels(x), asChannels(g)], grouped(attrs, size));
  return reshape(filters, [size, ...type.shape]);
}
