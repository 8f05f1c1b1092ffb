import { checkOptions } from "../check_options.ts";
import { ShapeError } from "../errors.ts";
import type { Node } from "../node.ts";
import { formatType } from "../types.ts";
import { equal, fullLike, select } from "./arithmetic.ts";
import { broadcastBack, reduceSum, reshape } from "./broadcast.ts";
import { argmax, mean } from "./composite.ts";
import { stopGradient } from "./markers.ts";
import { iota } from "./source.ts";
import {
  type Pair,
  pairOf,
  type PoolOptions,
  poolRules,
  type WindowsAttrs,
} from "./window_options.ts";
import { windowCount, windows } from "./windows.ts";

function windowsAttrs(x: Node, options: PoolOptions, value: number): WindowsAttrs {
  checkOptions(`pool ${formatType(x.type)}`, options, poolRules);
  const size = pairOf(options.size);
  const stride = pairOf(options.stride ?? size);
  const padding = pairOf(options.padding ?? 0);
  if (x.type.shape.length !== 4 || padding.some((amount, i) => amount * 2 > size[i as 0 | 1])) {
    throw new ShapeError(
      `Cannot pool ${formatType(x.type)}: it must be [n, c, h, w], and the padding at most half ` +
        `the window: current window is ${size.join("×")}, padding ${padding.join("×")}`,
    );
  }
  const image = x.type.shape.slice(-2) as unknown as Pair;
  const along = (axis: 0 | 1) =>
    windowCount(image[axis], {
      size: size[axis],
      stride: stride[axis],
      padding: padding[axis],
      dilation: 1,
    });
  const output: Pair = [along(0), along(1)];
  if (Math.min(...output) < 1) {
    throw new ShapeError(
      `Cannot pool ${formatType(x.type)}: the window must not be larger than the padded image: ` +
        `current window is ${size.join("×")}, padding ${padding.join("×")}`,
    );
  }
  return { size, stride, padding, dilation: [1, 1], output, image, value };
}

/** Windows of [n, c, h, w] with their positions flattened: [n, c, outH, outW, size]. */
function flatWindows(x: Node, options: PoolOptions, value: number): Node {
  const all = windows(x, windowsAttrs(x, options, value));
  const [height, width] = all.type.shape.slice(-2) as [number, number];
  return reshape(all, [...all.type.shape.slice(0, -2), height * width]);
}

/**
 * Max pooling: the largest element of each window, or NaN if one is NaN. Maps [n, c, h, w] to
 * [n, c, outH, outW]. The gradient goes to the first maximum, or to the first NaN.
 */
export function maxPool2d(x: Node, options: PoolOptions): Node {
  const all = flatWindows(x, options, -Infinity);
  const axis = all.type.shape.length - 1;
  const first = argmax(stopGradient(all), axis);
  const position = iota(all.type.shape, axis);
  const chosen = equal(position, broadcastBack(first, [axis], all.type.shape));
  return reduceSum(select(chosen, all, fullLike(all, 0)), [axis]);
}

/** Average pooling. Padding counts as zeros, which is PyTorch's default. */
export function avgPool2d(x: Node, options: PoolOptions): Node {
  const all = flatWindows(x, options, 0);
  return mean(all, [all.type.shape.length - 1]);
}
