import { full, is, isElementwise, type Node, type ScanAttrs } from "../../../graph/mod.ts";
import { type ForwardTrace, notHomogeneous } from "./forward_trace.ts";
import { homogeneityOf } from "./homogeneity.ts";
import type { Reason } from "./reason.ts";
import { type ScaleMap, uniformMap } from "./scale_map.ts";

/**
 * A loop over steps: scales end at it, and the weights that its body applies are no edges
 * [gsgd.md §10.1].
 */
export function scanRule(node: Node, trace: ForwardTrace): ScaleMap {
  const reason = scanReason(node);
  for (const input of node.inputs) {
    trace.scales.pinAll(trace.mapOf(input), reason);
    const view = trace.weightView(input);
    if (view) trace.exclude(view, reason);
  }
  return trace.scales.ground(node.type.shape.length);
}

/** A value that a loop computed. */
export function scanPartRule(node: Node, trace: ForwardTrace): ScaleMap {
  const [result] = trace.scales.fresh(1);
  trace.scales.pin(result!, scanReason(node.inputs[0]!));
  return uniformMap(node.type.shape.length, result!);
}

/**
 * The op of the body that does not commute with a rescaling, as the gates of an LSTM; else that
 * each step uses the weights again.
 */
function scanReason(scan: Node): Reason {
  const { body } = scan.attrs as ScanAttrs;
  const found = body.values.find((node) =>
    isElementwise(node) && node.inputs.every(({ type }) => type.dtype === "f32") &&
    homogeneityOf(node, node.inputs.map((input) => !is(input, full))) === "none"
  );
  return found ? notHomogeneous(found) : { code: "recurrent", op: scan.op.name };
}
