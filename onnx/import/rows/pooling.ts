/** Rows of pooling. */
import { Tensor, tensor } from "../../../autograd/mod.ts";
import { avgPool2d, maxPool2d, type Pair, windows } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { type Apply, plain, type Row, row } from "../row.ts";
import { knownElements } from "../values.ts";
import { asImage, likeImage, type Placement, placeWindows, windowOptions } from "./placement.ts";

/** Row of an operator that reduces windows. */
function pooling(reduce: (x: Tensor, placed: Placement) => Tensor): (operator: Operator) => Apply {
  return (operator) => {
    operator.mustHaveOneResult();
    const options = windowOptions(operator);
    const { size } = options;
    if (!size) throw operator.refuse("the attribute kernel_shape is required");
    return (operands) => {
      const x = asImage(operands.at(0), operands);
      const [first, second] = size;
      const pair: Pair = second === undefined ? [1, first!] : [first!, second];
      const image: Pair = [x.shape[2]!, x.shape[3]!];
      const placed = placeWindows(options, operands, { image, axes: size.length, size: pair });
      return likeImage(reduce(x, placed), operands.at(0));
    };
  };
}

/** The flattened windows: [n, c, rows, columns, size]. */
function flatWindows(x: Tensor, placed: Placement, value: number): Tensor {
  const { size, stride, dilation, before: padding, output } = placed;
  const image: Pair = [x.shape[2]!, x.shape[3]!];
  const all = windows(x.node, { size, stride, padding, dilation, output, image, value });
  return new Tensor(all).flatten(4);
}

/** The result of a function of this library, if it places its windows in the same way. */
function whereEqual(
  pool: typeof maxPool2d,
  x: Tensor,
  { size, stride, dilation, before: padding, output }: Placement,
): Tensor | undefined {
  const isPlain = dilation.every((step) => step === 1) &&
    padding.every((amount, i) => 2 * amount <= size[i as 0 | 1]);
  const y = isPlain ? new Tensor(pool(x.node, { size, stride, padding })) : undefined;
  return y?.shape.slice(2).join() === output.join() ? y : undefined;
}

/** The number of positions of each window along an axis that are inside an image with margins. */
function countsAlong(placed: Placement, axis: 0 | 1, { size, margins }: {
  readonly size: number;
  readonly margins: readonly [Pair, Pair];
}): number[] {
  const { stride, dilation, before, output } = placed;
  const [low, high] = [-margins[0][axis], size + margins[1][axis] - 1];
  return Array.from({ length: output[axis] }, (_, window) => {
    const start = window * stride[axis] - before[axis];
    const first = Math.max(0, Math.ceil((low - start) / dilation[axis]));
    const last = Math.min(placed.size[axis] - 1, Math.floor((high - start) / dilation[axis]));
    return Math.max(0, last - first + 1);
  });
}

/** For each window, the number of its positions inside an image with margins: [rows, columns]. */
function counts(placed: Placement, image: Pair, margins: readonly [Pair, Pair]): Tensor {
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    countsAlong(placed, axis, { size: image[axis], margins })
  );
  const column = (list: readonly number[]) => tensor(Float32Array.from(list));
  return column(rows!).unsqueeze(1).mul(column(columns!));
}

const maxPool: Row = row((operator) => {
  operator.int("storage_order", 0); // of the indices, which are not supported
  return pooling((x, placed) =>
    whereEqual(maxPool2d, x, placed) ?? flatWindows(x, placed, -Infinity).max(-1)
  )(operator);
});

const averagePool: Row = row((operator) => {
  const includesPads = operator.flag("count_include_pad");
  return pooling((x, placed) => {
    const margins: readonly [Pair, Pair] = includesPads
      ? [placed.before, placed.after]
      : [[0, 0], [0, 0]];
    const divisors = counts(placed, [x.shape[2]!, x.shape[3]!], margins);
    const whole = placed.size[0] * placed.size[1];
    const isWhole = knownElements(divisors)?.every((count) => count === whole);
    const own = isWhole ? whereEqual(avgPool2d, x, placed) : undefined;
    return own ?? flatWindows(x, placed, 0).sum(-1).div(divisors);
  })(operator);
});

const lpPool: Row = row((operator) => {
  const p = operator.int("p", 2);
  return pooling((x, placed) => flatWindows(x, placed, 0).abs().pow(p).sum(-1).pow(1 / p))(
    operator,
  );
});

/** Reduces all axes of the image, which keep size 1. */
function global(reduce: (x: Tensor, axes: readonly number[]) => Tensor): Apply {
  return (operands: Operands) => {
    const x = operands.at(0);
    return reduce(x, x.shape.map((_, axis) => axis).slice(2));
  };
}

/** The rows, by operator. */
export const poolings = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalMaxPool: plain(global((x, axes) => x.max(axes, true))),
  GlobalAveragePool: plain(global((x, axes) => x.mean(axes, true))),
  GlobalLpPool: row((operator) => {
    const p = operator.int("p", 2);
    return global((x, axes) => x.abs().pow(p).sum(axes, true).pow(1 / p));
  }),
} as const satisfies Readonly<Record<string, Row>>;
