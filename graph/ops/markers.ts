import { computes, moves } from "../element.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { leadingAxes } from "./_vmap.ts";
import { formatType, sameType } from "../types.ts";

/**
 * The row of an identity op: it returns its first input and marks a place in the graph for passes.
 */
export function marker(name: string, rules: Pick<Op, "vjp" | "vmap">): Op {
  return {
    name,
    lowering: moves(({ coords, read }) => read(0, coords), { marker: true }),
    infer: ([x]) => x!,
    ...rules,
  };
}

const stopGradientOp: Op = marker("stopGradient", { vmap: leadingAxes });

/** Identity that blocks the gradient. */
export const stopGradient: ((x: Node) => Node) & Builder = defineBuilder(
  stopGradientOp,
  (x: Node) => makeNode(stopGradientOp, [x], {}),
);

const gradientOp: Op = marker("gradient", {
  vjp: (g, { inputs }) => inputs.map((_, i) => i > 0 ? null : g),
  vmap: ({ all }) => all()[0]!, // gradients of single examples are values like others
});

/**
 * Marks `g` as the gradient of `loss` with respect to `parameter`. The value is `g`. Passes that
 * rewrite the optimizer find gradients by this marker; what follows it, up to `applyUpdate`, is
 * the optimizer. Without a loss it is not known what `g` is a gradient of.
 */
export const gradient: ((g: Node, parameter: Node, loss?: Node) => Node) & Builder = defineBuilder(
  gradientOp,
  (g: Node, parameter: Node, loss?: Node) =>
    makeNode(gradientOp, loss ? [g, parameter, loss] : [g, parameter], {}),
);

const applyUpdateOp: Op = {
  name: "applyUpdate",
  lowering: computes(({ coords, read }) => s.add(read(0, coords), read(1, coords))),
  infer: ([parameter, delta]) => {
    if (!sameType(parameter!, delta!)) {
      throw new ShapeError(
        `Cannot apply an update of ${formatType(delta!)} to a parameter of ${
          formatType(parameter!)
        }: types must be equal`,
      );
    }
    if (parameter!.dtype === "u8" || parameter!.dtype === "bool") {
      throw new DTypeError(
        `Cannot apply an update to ${formatType(parameter!)}: it must be f32, i32, or u32`,
      );
    }
    return parameter!;
  },
  vmap: { refused: "a variable has one next value for all examples" },
};

/** parameter + delta: applies an optimizer's update, giving the parameter's next value. */
export const applyUpdate: ((parameter: Node, delta: Node) => Node) & Builder = defineBuilder(
  applyUpdateOp,
  (parameter: Node, delta: Node) => makeNode(applyUpdateOp, [parameter, delta], {}),
);
