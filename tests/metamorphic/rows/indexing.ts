import * as op from "../../../graph/mod.ts";
import { below, fit, tame } from "../fit.ts";
import type { Rows } from "./row.ts";

const counts = [1, 2, 3, 5, 7, 16, 17, 0];

/** Ops whose operands say which elements are meant. */
export const indexingRows: Rows = {
  gather: {
    operands: ["movable", "i32"],
    weight: 2,
    make: ([x, index], choices) => {
      const { shape } = x!.type;
      const axis = choices.below(shape.length);
      if (!shape[axis]) return undefined;
      const list = [choices.one(counts)];
      const wanted = choices.one([list, [], [...list, 2]]);
      return op.gather(x!, fit(index!, wanted, choices), axis);
    },
  },
  elementsAt: {
    operands: ["movable", "i32"],
    make: ([x, index], choices) => {
      const { shape } = x!.type;
      if (shape.length === 0 || shape.includes(0)) return undefined;
      const result = [choices.one(counts)];
      const first = fit(index!, result, choices);
      const indices = shape.map((size, axis) =>
        below(op.add(first, op.fullLike(first, axis)), size)
      );
      return op.elementsAt(x!, indices);
    },
  },
  scatterSum: {
    operands: ["f32", "i32"],
    make: ([g, index], choices) => {
      const { shape } = g!.type;
      const axis = choices.below(shape.length);
      const rows = shape[axis];
      const size = choices.one(counts);
      if (!rows || !size) return undefined;
      const sum = op.scatterSum(g!, fit(index!, [rows], choices), axis, size);
      return tame(sum, choices);
    },
  },
  scatterMax: {
    operands: ["i32", "i32"],
    make: ([g, index], choices) => {
      const { shape } = g!.type;
      const axis = choices.below(shape.length);
      const rows = shape[axis];
      const size = choices.one(counts);
      if (!rows || !size) return undefined;
      return op.scatterMax(g!, fit(index!, [rows], choices), axis, size);
    },
  },
  oneHot: {
    operands: ["i32"],
    make: ([index], choices) => op.oneHot(index!, choices.one(counts)),
  },
  mask: {
    operands: ["i32"],
    make: ([limits], choices) => {
      const size = choices.one([3, 7, 16, 33]);
      const column = op.reshape(limits!, [op.elementCount(limits!.type.shape), 1]);
      const shape = [column.type.shape[0]!, size];
      return op.less(op.iota(shape, 1), op.broadcastTo(column, shape));
    },
  },
};
