import { checkOption, listOf, literalOf, nonNegativeWhole } from "../check_value.ts";
import { checkWindow, type Pair, type WindowAttrs } from "./window_options.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import { formatType, type Shape } from "../types.ts";

/** Attributes of `windows` and its transpose. */
export interface WindowsAttrs extends WindowAttrs {
  /** Size of the image. */
  readonly image: Pair;
  /** What lies outside of the image. */
  readonly value: number;
}

/** Number of windows of a padded axis: ⌊(size + before + after − span) / stride⌋ + 1. */
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
  lowering: {
    kind: "element",
    view: true,
    element: ({ coords, attrs, type, read }) => {
      const [y, x, u, v] = coords.slice(-4) as [Scalar, Scalar, Scalar, Scalar];
      const row = imagePosition(y, u, 0, attrs);
      const column = imagePosition(x, v, 1, attrs);
      const element = read(0, [...coords.slice(0, -4), row.position, column.position]);
      if (type.dtype === "u8") throw new DTypeError("Cannot take windows of u8: cast it first");
      return s.select(
        s.and(row.inside, column.inside),
        element,
        s.const(attrs.value, type.dtype),
      );
    },
  },
  infer: ([x], attrs) => {
    const { image, output, size, value } = attrs;
    const action = `take windows of ${formatType(x!)}`;
    checkWindow(action, attrs);
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
};

/** All windows of an image: [n…, h, w] gives [n…, output…, size…]. */
export const windows: ((x: Node, attrs: WindowsAttrs) => Node) & Builder<WindowsAttrs> =
  defineBuilder(
    windowsOp,
    (x: Node, attrs: WindowsAttrs) => makeNode(windowsOp, [x], attrs),
  );

const overlapAddOp: Op<WindowsAttrs> = {
  name: "overlapAdd",
  lowering: {
    kind: "element",
    view: false,
    element: ({ coords, attrs, read }) => {
      const [row, column] = coords.slice(-2) as [Scalar, Scalar];
      const lead = coords.slice(0, -2);
      let sum: Scalar = s.const(-0); // adds nothing, not even a sign
      for (let u = 0; u < attrs.size[0]; u++) {
        for (let v = 0; v < attrs.size[1]; v++) {
          const y = windowAt(row, u, 0, attrs);
          const x = windowAt(column, v, 1, attrs);
          const element = read(0, [...lead, y.window, x.window, s.int(u), s.int(v)]);
          sum = s.add(sum, s.select(s.and(y.hit, x.hit), element, s.const(0)));
        }
      }
      return sum;
    },
  },
  infer: ([g], attrs) => {
    const { image, output, size } = attrs;
    checkWindow(`add windows of ${formatType(g!)}`, attrs);
    checkOption("add windows", { image }, listOf(nonNegativeWhole, 2), ShapeError);
    const wanted: Shape = [...output, ...size];
    if (g!.dtype !== "f32" || g!.shape.slice(-4).join() !== wanted.join()) {
      throw new ShapeError(
        `Cannot add windows of ${formatType(g!)}: it must be f32 and end in [${wanted.join(", ")}]`,
      );
    }
    return { dtype: "f32", shape: [...g!.shape.slice(0, -4), ...image] };
  },
  vjp: (g, { attrs }) => [windows(g, { ...attrs, value: 0 })],
};

/** The window that has this row (or column) of the image at its position `at`, if any. */
function windowAt(
  position: Scalar,
  at: number,
  axis: 0 | 1,
  { stride, padding, dilation, output }: WindowsAttrs,
): { window: Scalar; hit: Scalar } {
  const step = s.int(stride[axis]);
  const raw = s.sub(s.add(position, s.int(padding[axis])), s.int(at * dilation[axis]));
  const whole = s.div(s.max(raw, s.int(0)), step);
  const last = s.int(output[axis] - 1);
  const exact = stride[axis] === 1 ? s.const(1, "bool") : s.eq(s.mod(raw, step), s.int(0));
  const hit = s.and(s.and(s.le(s.int(0), raw), exact), s.le(whole, last));
  return { window: s.min(whole, last), hit };
}

/** Adds up what windows hold for each pixel: the transpose of `windows`. */
export const overlapAdd: ((g: Node, attrs: WindowsAttrs) => Node) & Builder<WindowsAttrs> =
  defineBuilder(
    overlapAddOp,
    (g: Node, attrs: WindowsAttrs) => makeNode(overlapAddOp, [g], attrs),
  );
