import type { Node } from "../node.ts";
import type { ScanAttrs, ScanInputs } from "./body.ts";
import { MOST_DEPTH } from "../lower/limit_depth.ts";
import { rowMajorOperand } from "../lower/operand.ts";

/** The value that a chain of views starts from. */
export function baseOfViews(node: Node): Node {
  let base = node;
  for (let views = 0; views < MOST_DEPTH; views++) {
    const { op: { lowering }, inputs } = base;
    if (lowering.kind !== "element" || !lowering.view || inputs.length !== 1) break;
    base = inputs[0]!;
  }
  return base;
}

/**
 * The values in memory that the inputs of a scan are read from. Captures are read through their
 * views, like operands of any kernel; initial state and stacked inputs must be in order.
 */
export function scanSources(scan: Node): ScanInputs {
  const { body } = scan.attrs as ScanAttrs;
  const { init, xs, captured } = body.divide(scan.inputs);
  const inOrder = (input: Node) => rowMajorOperand(input).source;
  return { init: init.map(inOrder), xs: xs.map(inOrder), captured: captured.map(baseOfViews) };
}
