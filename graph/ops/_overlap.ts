/** Sums of the windows that cover a pixel, as one unrolled expression or as the terms of a loop. */
import { moves } from "../element.ts";
import { type ElementContext, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import { reduceSum } from "./broadcast.ts";
import { leadingAxes } from "./_vmap.ts";
import type { Pair, WindowAttrs, WindowsAttrs } from "./window_options.ts";

/** Most terms of a sum that is unrolled into one expression. Longer sums are loops. */
const WRITTEN_TERMS = 64;

type WindowsContext = ElementContext<WindowsAttrs>;

/** The loop that computes an `overlapAdd` of many terms; `undefined` if it can be unrolled. */
export function loopedOverlap(node: Node, attrs: WindowsAttrs): Node | undefined {
  const [rows, columns] = coveringWindows(attrs);
  if (attrs.size[0] * attrs.size[1] <= WRITTEN_TERMS || rows * columns <= WRITTEN_TERMS) {
    return undefined;
  }
  const terms = overlapTerms(node.inputs[0]!, attrs);
  const rank = terms.type.shape.length;
  return makeNode(reduceSum.op, [terms], { axes: [rank - 2, rank - 1] }, node.tags);
}

/** The element of `overlapAdd` at a pixel. */
export function addOverlaps(context: WindowsContext): Scalar {
  const { attrs } = context;
  if (attrs.size[0] * attrs.size[1] <= WRITTEN_TERMS) return addPositions(context);
  const [rows, columns] = coveringWindows(attrs);
  const terms = Array.from(
    { length: rows * columns },
    (_, i) => coveringTerm(context, s.int(Math.floor(i / columns)), s.int(i % columns)),
  );
  return addInPairs(terms);
}

/** The sum over all positions of a window. Positions where no window covers the pixel add 0. */
function addPositions({ coords, attrs, read }: WindowsContext): Scalar {
  const [row, column] = coords.slice(-2) as [Scalar, Scalar];
  const lead = coords.slice(0, -2);
  let sum: Scalar = s.const(-0); // the neutral element of addition: 0 would turn -0 into 0
  for (let u = 0; u < attrs.size[0]; u++) {
    for (let v = 0; v < attrs.size[1]; v++) {
      const y = windowAt(row, u, 0, attrs);
      const x = windowAt(column, v, 1, attrs);
      const element = read(0, [...lead, y.window, x.window, s.int(u), s.int(v)]);
      sum = s.add(sum, s.select(s.and(y.hit, x.hit), element, s.const(0)));
    }
  }
  return sum;
}

/** Adds the terms pairwise, so that the depth is logarithmic in their number. */
function addInPairs(terms: readonly Scalar[]): Scalar {
  if (terms.length === 1) return terms[0]!;
  const half = terms.length >> 1;
  return s.add(addInPairs(terms.slice(0, half)), addInPairs(terms.slice(half)));
}

/** The largest number of windows that cover one pixel, along height and width. */
function coveringWindows({ size, stride, dilation, output }: WindowAttrs): Pair {
  const along = (axis: 0 | 1) =>
    Math.min(output[axis], Math.ceil(((size[axis] - 1) * dilation[axis] + 1) / stride[axis]));
  return [along(0), along(1)];
}

/**
 * The element that window (`down`, `across`) holds for the pixel at `coords`. Windows are counted
 * backward from the last one that starts at or before the pixel. The result is 0 if there is no
 * such window, or if the pixel is between its (dilated) positions.
 */
function coveringTerm(
  { coords, attrs, read }: WindowsContext,
  down: Scalar,
  across: Scalar,
): Scalar {
  const [row, column] = coords.slice(-2) as [Scalar, Scalar];
  const y = coveringWindow(row, down, 0, attrs);
  const x = coveringWindow(column, across, 1, attrs);
  const lead = coords.slice(0, -2);
  const element = read(0, [...lead, y.window, x.window, y.at, x.at]);
  return s.select(s.and(y.hit, x.hit), element, s.const(0));
}

/** The window `back` steps before the last one that starts at or before the pixel. */
function coveringWindow(
  position: Scalar,
  back: Scalar,
  axis: 0 | 1,
  { stride, padding, dilation, output, size }: WindowsAttrs,
): { window: Scalar; at: Scalar; hit: Scalar } {
  const padded = s.add(position, s.int(padding[axis]));
  const last = s.int(output[axis] - 1);
  // Clamped, because windows end before the last position at which one could start.
  const newest = s.min(s.div(padded, s.int(stride[axis])), last);
  const wanted = s.sub(newest, back);
  const offset = s.sub(padded, s.mul(wanted, s.int(stride[axis])));
  const step = s.int(dilation[axis]);
  const at = s.div(offset, step);
  const exact = dilation[axis] === 1 ? s.const(1, "bool") : s.eq(s.rem(offset, step), s.int(0));
  const end = s.int(size[axis] - 1);
  const hit = s.and(s.and(s.le(s.int(0), wanted), exact), s.le(at, end));
  return { window: s.max(wanted, s.int(0)), at: s.min(at, end), hit };
}

const overlapTermsOp: Op<WindowsAttrs> = {
  name: "overlapTerms",
  lowering: moves((context) => {
    const { coords } = context;
    const [down, across] = coords.slice(-2) as [Scalar, Scalar];
    return coveringTerm({ ...context, coords: coords.slice(0, -2) }, down, across);
  }),
  infer: ([g], attrs) => ({
    dtype: "f32",
    shape: [...g!.shape.slice(0, -4), ...attrs.image, ...coveringWindows(attrs)],
  }),
  vmap: leadingAxes,
};

/**
 * The terms of `overlapAdd` as a tensor, to be summed in a loop: [n…, output…, size…] becomes
 * [n…, h, w, rows, columns], where rows × columns are the windows that cover a pixel. It has no
 * derivative.
 */
function overlapTerms(g: Node, attrs: WindowsAttrs): Node {
  return makeNode(overlapTermsOp, [g], attrs);
}

/** The window that holds this row (or column) of the image at its position `at`, if any. */
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
  const exact = stride[axis] === 1 ? s.const(1, "bool") : s.eq(s.rem(raw, step), s.int(0));
  const hit = s.and(s.and(s.le(s.int(0), raw), exact), s.le(whole, last));
  return { window: s.min(whole, last), hit };
}
