/** The products of a convolution, written apart from the loop forms that it checks. */
import { type Conv2dAttrs, conv2dResult, elementCount, type Shape } from "../../../graph/mod.ts";

/** Calls `see` with the element indices of every image · weight that adds to an output. */
export function forEachProduct(
  attrs: Conv2dAttrs,
  see: (image: number, weight: number, output: number) => void,
): void {
  const { images, weight, padding, stride, dilation, groups } = attrs;
  const [count, , h, w] = images as [number, number, number, number];
  const [outputs, inGroup, kernelH, kernelW] = weight as [number, number, number, number];
  const positions: Shape = [count, outputs, ...attrs.output, inGroup, kernelH, kernelW];
  const [, , rows, columns] = conv2dResult(attrs) as [number, number, number, number];
  const total = elementCount(positions);
  const at = new Int32Array(7);
  for (let product = 0; product < total; product++) {
    for (let axis = 6, rest = product; axis >= 0; axis--) {
      at[axis] = rest % positions[axis]!;
      rest = Math.floor(rest / positions[axis]!);
    }
    const [n, o, i, j, c, u, v] = at as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const y = i * stride[0] + u * dilation[0] - padding[0];
    const x = j * stride[1] + v * dilation[1] - padding[1];
    if (y < 0 || y >= h || x < 0 || x >= w) continue;
    const channel = Math.floor(o / (outputs / groups)) * inGroup + c;
    see(
      ((n * inGroup * groups + channel) * h + y) * w + x,
      ((o * inGroup + c) * kernelH + u) * kernelW + v,
      ((n * outputs + o) * rows + i) * columns + j,
    );
  }
}
