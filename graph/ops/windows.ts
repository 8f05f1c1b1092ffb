import { computes, moves } from "../element.ts";
import { checkOption, literalOf } from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar, scalarTypeOf } from "../scalar/mod.ts";
import { formatType, type Shape } from "../types.ts";
import { addOverlaps, loopedOverlap } from "./_overlap.ts";
import { leadingAxes } from "./_vmap.ts";
import { checkWindow, type WindowsAttrs } from "./window_options.ts";

/** Number of windows along a padded axis: ⌊(size + 2 · padding − span) / stride⌋ + 1. */
export function windowCount(
  size: number,
  window: { size: number; stride: number; padding: number; dilation: number },
): number {
  const span = (window.size - 1) * window.dilation + 1;
  return Math.floor((size + 2 * window.padding - span) / window.stride) + 1;
}

/** The row (or column) of the image at window `out`, position `at`, and whether it exists. */
function imagePosition(
  out: Scalar,
  at: Scalar,
  axis: 0 | 1,
  { stride, padding, dilation, image }: WindowsAttrs,
): { position: Scalar; inside: Scalar } {
  const raw = s.sub(
    s.add(s.mul(out, s.int(stride[axis])), s.mul(at, s.int(dilation[axis]))),
    s.int(padding[axis]),
  );
  const last = s.int(image[axis] - 1);
  const inside = s.and(s.le(s.int(0), raw), s.le(raw, last));
  const position = inside.op === "const" ? raw : s.max(s.min(raw, last), s.int(0));
  return { position, inside };
}

const windowsOp: Op<WindowsAttrs> = {
  name: "windows",
  lowering: moves(({ coords, attrs, type, read }) => {
    const [y, x, u, v] = coords.slice(-4) as [Scalar, Scalar, Scalar, Scalar];
    const row = imagePosition(y, u, 0, attrs);
    const column = imagePosition(x, v, 1, attrs);
    const element = read(0, [...coords.slice(0, -4), row.position, column.position]);
    return s.select(
      s.and(row.inside, column.inside),
      element,
      s.const(attrs.value, scalarTypeOf(type.dtype)),
    );
  }),
  infer: ([x], attrs) => {
    const { image, output, size, value } = attrs;
    const action = `take windows of ${formatType(x!)}`;
    checkWindow(action, attrs, image);
    checkOption(action, { value }, literalOf(x!.dtype), DTypeError);
    const [h, w] = x!.shape.slice(-2);
    if (x!.shape.length < 2 || h !== image[0] || w !== image[1]) {
      throw new ShapeError(
        `Cannot ${action}: the last two axes must be an image of at ` +
          `least one window: current windows are ${size.join("×")}, ${output.join("×")} of them`,
      );
    }
    return { dtype: x!.dtype, shape: [...x!.shape.slice(0, -2), ...output, ...size] };
  },
  vjp: (g, { attrs }) => [overlapAdd(g, attrs)],
  vmap: leadingAxes,
};

/** Extracts all windows of an image (im2col): maps [n…, h, w] to [n…, output…, size…]. */
export const windows: ((x: Node, attrs: WindowsAttrs) => Node) & Builder<WindowsAttrs> =
  defineBuilder(
    windowsOp,
    (x: Node, attrs: WindowsAttrs) => makeNode(windowsOp, [x], attrs),
  );

const overlapAddOp: Op<WindowsAttrs> = {
  name: "overlapAdd",
  lowering: computes(addOverlaps, { deviceForm: loopedOverlap }),
  infer: ([g], attrs) => {
    const { image, output, size } = attrs;
    checkWindow(`add windows of ${formatType(g!)}`, attrs, image);
    checkOption("add windows", { value: attrs.value }, literalOf("f32"), DTypeError);
    const wanted: Shape = [...output, ...size];
    if (g!.dtype !== "f32" || g!.shape.slice(-4).join() !== wanted.join()) {
      throw new ShapeError(
        `Cannot add windows of ${formatType(g!)}: it must be f32 and end in [${wanted.join(", ")}]`,
      );
    }
    return { dtype: "f32", shape: [...g!.shape.slice(0, -4), ...image] };
  },
  vjp: (g, { attrs }) => [windows(g, { ...attrs, value: 0 })],
  vmap: leadingAxes,
};

/**
 * Adds each window's elements to the pixels they came from (col2im): the transpose of `windows`.
 */
export const overlapAdd: ((g: Node, attrs: WindowsAttrs) => Node) & Builder<WindowsAttrs> =
  defineBuilder(
    overlapAddOp,
    (g: Node, attrs: WindowsAttrs) => makeNode(overlapAddOp, [g], attrs),
  );
