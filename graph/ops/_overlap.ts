/** How the windows over a pixel are added up: written out, or as the terms of a loop. */
import { type ElementContext, makeNode, type Node, type Op } from "../node.ts";
import { s, type Scalar } from "../scalar/mod.ts";
import type { Pair, WindowAttrs, WindowsAttrs } from "./window_options.ts";

/** Terms of a sum that are written out in one expression; longer sums are loops. */
const WRITTEN_TERMS = 64;

type WindowsContext = ElementContext<WindowsAttrs>;

/** Is the sum over the windows of a pixel too long to be written out? */
export function isLongOverlap(attrs: WindowsAttrs): boolean {
  const [rows, columns] = coveringWindows(attrs);
  return attrs.size[0] * attrs.size[1] > WRITTEN_TERMS && rows * columns > WRITTEN_TERMS;
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

/** The sum over all positions of a window, whether or not a window has the pixel there. */
function addPositions({ coords, attrs, read }: WindowsContext): Scalar {
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
}

/** Adds neighbors, then neighbors of those sums: as deep as the logarithm of their number. */
function addInPairs(terms: readonly Scalar[]): Scalar {
  if (terms.length === 1) return terms[0]!;
  const half = terms.length >> 1;
  return s.add(addInPairs(terms.slice(0, half)), addInPairs(terms.slice(half)));
}

/** How many windows cover one pixel at most, along height and width. */
function coveringWindows({ size, stride, dilation, output }: WindowAttrs): Pair {
  const along = (axis: 0 | 1) =>
    Math.min(output[axis], Math.ceil(((size[axis] - 1) * dilation[axis] + 1) / stride[axis]));
  return [along(0), along(1)];
}

/**
 * What window number (`down`, `across`) of those that cover a pixel holds for it, counted from
 * the last one that starts at or before the pixel; 0 if there is no such window, or if the pixel
 * lies between its positions. `coords` are those of the pixel.
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

/** The window, `back` windows before the last that starts at or before the pixel. */
function coveringWindow(
  position: Scalar,
  back: Scalar,
  axis: 0 | 1,
  { stride, padding, dilation, output, size }: WindowsAttrs,
): { window: Scalar; at: Scalar; hit: Scalar } {
  const padded = s.add(position, s.int(padding[axis]));
  const last = s.int(output[axis] - 1);
  // the last window that starts there may lie behind the last one that exists
  const newest = s.min(s.div(padded, s.int(stride[axis])), last);
  const wanted = s.sub(newest, back);
  const offset = s.sub(padded, s.mul(wanted, s.int(stride[axis])));
  const step = s.int(dilation[axis]);
  const at = s.div(offset, step);
  const exact = dilation[axis] === 1 ? s.const(1, "bool") : s.eq(s.mod(offset, step), s.int(0));
  const end = s.int(size[axis] - 1);
  const hit = s.and(s.and(s.le(s.int(0), wanted), exact), s.le(at, end));
  return { window: s.max(wanted, s.int(0)), at: s.min(at, end), hit };
}

const overlapTermsOp: Op<WindowsAttrs> = {
  name: "overlapTerms",
  lowering: {
    kind: "element",
    view: true,
    element: (context) => {
      const { coords } = context;
      const [down, across] = coords.slice(-2) as [Scalar, Scalar];
      return coveringTerm({ ...context, coords: coords.slice(0, -2) }, down, across);
    },
  },
  infer: ([g], attrs) => ({
    dtype: "f32",
    shape: [...g!.shape.slice(0, -4), ...attrs.image, ...coveringWindows(attrs)],
  }),
};

/**
 * The terms of `overlapAdd` as a value, to be added up in a loop: for [n…, output…, size…] they
 * are [n…, h, w, rows, columns] of the windows that cover a pixel. Passes use it; it has no
 * derivative.
 */
export function overlapTerms(g: Node, attrs: WindowsAttrs): Node {
  return makeNode(overlapTermsOp, [g], attrs);
}

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
