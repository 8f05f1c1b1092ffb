import { moves } from "../element.ts";
import { axisOfRank, checkOption, listOf } from "../check_value.ts";
import { ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { formatType } from "../types.ts";
import { ascending, isNoAxis } from "./_axes.ts";
import { laterAxes } from "./_vmap.ts";
import type { AxesAttrs } from "./broadcast.ts";

const flipOp: Op<AxesAttrs> = {
  name: "flip",
  lowering: moves(({ coords, attrs: { axes }, type: { shape }, read }) =>
    read(
      0,
      coords.map((coord, axis) =>
        axes.includes(axis) ? s.sub(s.int(Math.max(0, shape[axis]! - 1)), coord) : coord
      ),
    )
  ),
  infer: ([x], { axes }) => {
    const action = () => `flip ${formatType(x!)}`;
    checkOption(action, { axes }, listOf(axisOfRank(x!.shape.length)), ShapeError);
    if (new Set(axes).size !== axes.length) {
      throw new ShapeError(`Cannot ${action()}: axes must differ: current is [${axes.join(", ")}]`);
    }
    return x!;
  },
  vjp: (g, { attrs: { axes } }) => [flip(g, axes)],
  vmap: laterAxes,
};

/** Reverses the order of the elements along `axes`. */
export const flip: ((x: Node, axes: readonly number[]) => Node) & Builder<AxesAttrs> =
  defineBuilder(
    flipOp,
    (x: Node, axes: readonly number[]) =>
      isNoAxis(axes) ? x : makeNode(flipOp, [x], { axes: ascending(axes) }),
  );
