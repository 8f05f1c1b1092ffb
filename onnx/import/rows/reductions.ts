/** Rows of reductions, of positions of extreme elements, and of cumulative sums. */
import type { Tensor } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import { type Row, row } from "../row.ts";

type Reduce = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor;

/** Row of a reduction. From opset `since` on, its axes are an input. */
function reduction(reduce: Reduce, since = 18): Row {
  return row((operator) => {
    const axes = operator.ints("axes");
    const keepDims = operator.flag("keepdims", true);
    const skipsNone = operator.opset >= since && operator.flag("noop_with_empty_axes");
    return (operands) => {
      const x = operands.at(0);
      const given = (operator.opset >= since ? operands.maybeKnown(1) : undefined) ?? axes ?? [];
      if (given.length === 0 && skipsNone) return x;
      const all = x.shape.map((_, axis) => axis);
      const chosen = given.length === 0 ? all : operands.axes(given, x.rank).sort((a, b) => a - b);
      return reduce(x, chosen, keepDims);
    };
  }, { known: [1] });
}

/** Row of the position of the largest or smallest element along an axis. */
function position(find: (x: Tensor, axis: number) => Tensor): Row {
  return row((operator) => {
    const given = operator.int("axis", 0);
    const keepDims = operator.flag("keepdims", true);
    const isLast = operator.flag("select_last_index");
    return (operands) => {
      const x = operands.at(0);
      const axis = operands.axis(given, x.rank);
      const first = find(isLast ? x.flip(axis) : x, axis);
      const found = isLast ? first.rsub(x.shape[axis]! - 1) : first;
      return keepDims ? found.unsqueeze(axis) : found;
    };
  });
}

const cumulative: Row = row((operator) => {
  const [excludes, reverses] = [operator.flag("exclusive"), operator.flag("reverse")];
  return (operands) => {
    const axis = operands.axis(operands.number(1), operands.at(0).rank);
    const x = reverses ? operands.at(0).flip(axis) : operands.at(0);
    const sums = excludes ? x.cumsum(axis).sub(x) : x.cumsum(axis);
    return reverses ? sums.flip(axis) : sums;
  };
}, { known: [1] });

/** Until opset 9 the count is an attribute; then it is an input. */
const top: Row = row((operator) => {
  const given = operator.int("axis", -1);
  const largest = operator.flag("largest", true);
  operator.flag("sorted", true); // a sorted result is valid in either case
  const count = operator.opset < 10 ? operator.int("k") : undefined;
  return (operands: Operands) => {
    const x = operands.at(0);
    const axis = operands.axis(given, x.rank);
    const { values, indices } = x.topk(count ?? operands.number(1), axis, { largest });
    return [values, indices];
  };
}, { known: [1] });

/** The rows, by operator. */
export const reductions = {
  ReduceSum: reduction((x, axes, keep) => x.sum(axes, keep), 13),
  ReduceMean: reduction((x, axes, keep) => x.mean(axes, keep)),
  ReduceMax: reduction((x, axes, keep) => x.max(axes, keep)),
  ReduceMin: reduction((x, axes, keep) => x.min(axes, keep)),
  ReduceProd: reduction((x, axes, keep) => x.prod(axes, keep)),
  ReduceL1: reduction((x, axes, keep) => x.abs().sum(axes, keep)),
  ReduceL2: reduction((x, axes, keep) => x.square().sum(axes, keep).sqrt()),
  ReduceSumSquare: reduction((x, axes, keep) => x.square().sum(axes, keep)),
  ReduceLogSum: reduction((x, axes, keep) => x.sum(axes, keep).log()),
  ReduceLogSumExp: reduction((x, axes, keep) => x.logSumExp(axes, keep)),
  ArgMax: position((x, axis) => x.argmax(axis)),
  ArgMin: position((x, axis) => x.argmin(axis)),
  CumSum: cumulative,
  TopK: top,
  Trilu: row((operator) => {
    const isUpper = operator.flag("upper", true);
    return (operands) => {
      const [x, offset] = [operands.at(0), operands.maybeNumber(1) ?? 0];
      return isUpper ? x.triu(offset) : x.tril(offset);
    };
  }, { known: [1] }),
} as const satisfies Readonly<Record<string, Row>>;
