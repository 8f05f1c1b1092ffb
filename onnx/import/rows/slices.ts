/** The row of Slice. */
import type { Tensor } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import { type Row, row } from "../row.ts";

/** A range of positions along an axis. */
interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** The elements from `start` to before `end`, which may count from the end, and lie outside. */
function sliced(x: Tensor, { axis, start, end, step }: Range): Tensor {
  const size = x.shape[axis]!;
  const within = (at: number, least: number, most: number) =>
    Math.min(Math.max(at < 0 ? at + size : at, least), most);
  if (step < 0) {
    // the same elements from the front, in reverse order
    const [from, to] = [within(start, -1, size - 1), within(end, -1, size - 1)];
    const count = Math.max(0, Math.ceil((from - to) / -step));
    const lowest = from + (count - 1) * step;
    return along(x, { axis, start: lowest, count, step: -step }).flip(axis);
  }
  const [from, to] = [within(start, 0, size), within(end, 0, size)];
  return along(x, { axis, start: from, count: Math.max(0, Math.ceil((to - from) / step)), step });
}

function along(
  x: Tensor,
  { axis, start, count, step }: { axis: number; start: number; count: number; step: number },
): Tensor {
  const only = <T>(value: T, others: (axis: number) => T) =>
    x.shape.map((_, other) => other === axis ? value : others(other));
  const first = count === 0 ? 0 : start;
  if (first === 0 && step === 1 && count === x.shape[axis]) return x;
  return x.slice(
    only(first, () => 0),
    only(count, (other) => x.shape[other]!),
    only(step, () => 1),
  );
}

/** The four lists of a Slice: attributes until opset 9, then inputs. */
function lists(operands: Operands) {
  const starts = operands.known(1);
  const [ends, axes, steps] = [operands.known(2), operands.maybeKnown(3), operands.maybeKnown(4)];
  return { starts, ends, axes, steps };
}

/** Row of Slice. */
export const sliceRow: Row = row((operator) => {
  const given = operator.opset < 10
    ? {
      starts: operator.ints("starts") ?? [],
      ends: operator.ints("ends") ?? [],
      axes: operator.ints("axes"),
      steps: undefined,
    }
    : undefined;
  return (operands) => {
    const { starts, ends, axes, steps } = given ?? lists(operands);
    const x = operands.at(0);
    const places = operands.axes(axes ?? starts.map((_, axis) => axis), x.rank);
    return places.reduce((value, axis, i) => {
      const step = steps?.[i] ?? 1;
      const [start, end] = [starts[i], ends[i]];
      if (start === undefined || end === undefined || step === 0) {
        throw operands.refuse("starts, ends, and steps other than 0 are required for each axis");
      }
      return sliced(value, { axis, start, end, step });
    }, x);
  };
}, { known: [1, 2, 3, 4] });
