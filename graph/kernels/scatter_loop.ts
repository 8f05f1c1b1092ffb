import { s, type Scalar } from "../scalar/mod.ts";
import type { LoopKernel } from "./loop.ts";
import type { ScatterKernel } from "./scatter.ts";

/** One comparison for each pair of a row and an index. */
export function scatterAsLoop(kernel: ScatterKernel): LoopKernel {
  const { label, combine, type, rows, columns, terms, source, indices, stores } = kernel;
  const outer = [rows, columns];
  const [row, column, term] = [...outer, terms].map((size, axis) => s.axis(axis, size)) as [
    Scalar,
    Scalar,
    Scalar,
  ];
  const element = s.load(source, type, s.add(s.mul(term, s.int(columns)), column));
  const isHere = s.eq(s.load(indices, "i32", term), row);
  const none = s.const(0, type);
  const value = s.select(isHere, combine === "max" ? s.max(element, none) : element, none);
  return {
    kind: "loop",
    label,
    outer,
    inner: [terms],
    reductions: [{ combine, value }],
    outerStores: stores,
    innerStores: [],
  };
}
