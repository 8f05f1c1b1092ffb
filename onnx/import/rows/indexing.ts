/** Rows of operators that read or write elements at positions. */
import { concat, Tensor, where } from "../../../autograd/mod.ts";
import { elementCount, equal, iota } from "../../../graph/mod.ts";
import type { Operands } from "../operands.ts";
import { plain, type Row, row } from "../row.ts";
import { integers, knownElements } from "../values.ts";

/** Indices in which those below 0 count from the end of an axis of this size. */
function wrapped(indices: Tensor, size: number): Tensor {
  const known = knownElements(indices);
  if (known && known.every((index) => index >= 0)) return indices;
  return where(indices.less(0), indices.add(size), indices);
}

const gather: Row = row((operator) => {
  const given = operator.int("axis", 0);
  return (operands) => {
    const x = operands.at(0);
    const axis = operands.axis(given, x.rank);
    return x.gather(wrapped(operands.at(1), x.shape[axis]!), axis);
  };
});

const gatherElements: Row = row((operator) => {
  const given = operator.int("axis", 0);
  return (operands) => {
    const x = operands.at(0);
    const axis = operands.axis(given, x.rank);
    return x.takeAlongAxis(wrapped(operands.at(1), x.shape[axis]!), axis);
  };
});

/** Positions in x as a list of rows, for indices whose last axis has one for each leading axis. */
function rowPositions(x: Tensor, indices: Tensor, operands: Operands) {
  const depth = indices.shape.at(-1) ?? 0;
  if (depth < 1 || depth > x.rank) {
    throw operands.refuse(`the last axis of the indices must have 1 to ${x.rank} elements`);
  }
  const [leading, rest] = [x.shape.slice(0, depth), x.shape.slice(depth)];
  const columns = leading.map((size, axis) =>
    wrapped(indices.narrow(-1, axis, 1), size).reshape(indices.shape.slice(0, -1))
  );
  const at = columns.reduce((sum, column, axis) => sum.mul(leading[axis]!).add(column));
  return { rows: x.reshape([elementCount(leading), ...rest]), at, rest };
}

const gatherNd: Row = row((operator) => {
  const batchAxes = operator.int("batch_dims", 0);
  return (operands) => {
    const x = operands.at(0);
    if (batchAxes < 0 || batchAxes > x.rank) throw operands.refuse("batch_dims must be in x");
    const indices = withBatch(operands.at(1), batchAxes);
    const { rows, at } = rowPositions(x, indices, operands);
    return rows.gather(at, 0);
  };
});

/** Adds the position along each of the first axes in front of the indices. */
function withBatch(indices: Tensor, axes: number): Tensor {
  const shape = [...indices.shape.slice(0, -1), 1];
  const positions = Array.from({ length: axes }, (_, axis) => new Tensor(iota(shape, axis)));
  return axes === 0 ? indices : concat([...positions, indices], -1);
}

const scatterElements: Row = row((operator) => {
  const given = operator.int("axis", 0);
  const reduction = operator.choice("reduction", ["none", "add"], "none");
  return (operands) => {
    const [x, updates] = [operands.at(0), operands.at(2)];
    const axis = operands.axis(given, x.rank);
    const indices = wrapped(operands.at(1), x.shape[axis]!);
    return reduction === "add"
      ? x.scatterAdd(axis, indices, updates)
      : x.scatter(axis, indices, updates);
  };
});

const scatterNd: Row = row((operator) => {
  const reduction = operator.choice("reduction", ["none", "add"], "none");
  return (operands) => {
    const x = operands.at(0);
    const { rows, at, rest } = rowPositions(x, operands.at(1), operands);
    const columns = elementCount(rest);
    const table = rows.reshape([rows.shape[0]!, columns]);
    const indices = at.reshape([-1, 1]).broadcastTo([at.size, columns]);
    const updates = operands.at(2).reshape([at.size, columns]);
    const result = reduction === "add"
      ? table.scatterAdd(0, indices, updates)
      : table.scatter(0, indices, updates);
    return result.reshape(x.shape);
  };
});

/** A new axis of `depth` classes, with one of two values at each. */
const oneHot: Row = row((operator) => {
  const given = operator.int("axis", -1);
  return (operands) => {
    const [labels, depth] = [operands.at(0).cast("i32"), operands.number(1)];
    const values = operands.at(2);
    const axis = operands.axis(given, labels.rank + 1);
    const shape = labels.shape.toSpliced(axis, 0, depth);
    const wanted = wrapped(labels, depth).unsqueeze(axis).broadcastTo(shape);
    const isHere = new Tensor(equal(iota(shape, axis), wanted.node));
    const [off, on] = [0, 1].map((i) => values.narrow(0, i, 1).reshape([]));
    return where(isHere, on!, off!);
  };
}, { known: [1] });

/** The elements at which a constant condition holds. */
const compress: Row = row((operator) => {
  const given = operator.maybeInt("axis");
  return (operands) => {
    const kept = operands.known(1).flatMap((value, i) => value ? [i] : []);
    const x = operands.at(0);
    return given === undefined
      ? x.reshape([-1]).gather(integers(kept), 0)
      : x.gather(integers(kept), operands.axis(given, x.rank));
  };
}, { known: [1] });

/** i32 [rank, count]: the positions of the elements other than 0 of a constant. */
const nonZero: Row = plain((operands) => {
  const { shape } = operands.at(0);
  const found = operands.known(0).flatMap((value, i) => value ? [i] : []);
  let stride = elementCount(shape);
  const rows = shape.map((size) => {
    stride /= size;
    const own = stride;
    return found.map((at) => Math.floor(at / own) % size);
  });
  return integers(rows.flat(), [shape.length, found.length]);
}, { known: [0] });

/** Reverses the first elements of each sequence. */
const reverseSequence: Row = row((operator) => {
  const [batch, time] = [operator.int("batch_axis", 1), operator.int("time_axis", 0)];
  if (Math.min(batch, time) !== 0 || Math.max(batch, time) !== 1) {
    throw operator.refuse("the batch and the time must be the first two axes");
  }
  return (operands) => {
    const x = operands.at(0);
    const [steps, sequences] = [x.shape[time]!, x.shape[batch]!];
    const table = [x.shape[0]!, x.shape[1]!];
    const [step, sequence] = [new Tensor(iota(table, time)), new Tensor(iota(table, batch))];
    const lengths = operands.at(1).unsqueeze(time).broadcastTo(table);
    const source = where(step.less(lengths), lengths.sub(step).sub(1), step);
    const position = time === 0
      ? source.mul(sequences).add(sequence)
      : sequence.mul(steps).add(source);
    return x.reshape([steps * sequences, ...x.shape.slice(2)]).gather(position, 0);
  };
});

/** The rows, by operator. */
export const indexing = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  OneHot: oneHot,
  Compress: compress,
  NonZero: nonZero,
  ReverseSequence: reverseSequence,
} as const satisfies Readonly<Record<string, Row>>;
