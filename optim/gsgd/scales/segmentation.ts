import { labelOf } from "../../../graph/mod.ts";
import type { EdgeTensor, ScaleTrace } from "./forward_trace.ts";
import type { Reason } from "./reason.ts";

/**
 * Where segments end: only where scales are fixed, after each run of convolutions with images of
 * one size (as in the paper's code), or as lists of parameter names say.
 */
export type Segmentation = "whole" | "stages" | readonly (readonly string[])[];

/**
 * Pins nodes whose weights (biases aside) are not all in one list, or of one stage
 * [gsgd.md §7, segmentation].
 */
export function applySegmentation(trace: ScaleTrace, segmentation: Segmentation): void {
  if (segmentation === "whole") return;
  const { scales, edges } = trace;
  const reason: Reason = { code: "segmentation" };
  const places = new Map<number, number>();
  const placeOf = segmentation === "stages" ? stageOf(trace) : listOf(segmentation);
  for (const edge of edges) {
    if (edge.kind === "bias") continue;
    const place = placeOf(edge);
    if (place === undefined) continue;
    for (const id of [...edge.tail.ids, ...edge.head.ids]) {
      const root = scales.find(id);
      const known: number = places.get(root) ?? place;
      places.set(root, known);
      if (place < 0 || known !== place) scales.pin(root, reason);
    }
  }
}

/** The index of a weight's list or stage; −1 if it is in none, `undefined` if it fits any. */
type PlaceOf = (edge: EdgeTensor) => number | undefined;

function listOf(lists: readonly (readonly string[])[]): PlaceOf {
  return ({ weight }) => lists.findIndex((names) => names.includes(labelOf(weight)));
}

/**
 * Stages by the size of the images. What reads the data itself (the stem) and what makes no
 * images is in none; gates are where their channels are.
 */
function stageOf({ scales, edges }: ScaleTrace): PlaceOf {
  const sizes = [...new Set(edges.flatMap(({ image }) => image ?? []))];
  const isData = (id: number) => scales.isPinned(id) && scales.reasonOf(id) === undefined;
  return ({ kind, image, tail }) => {
    if (kind === "gate") return undefined;
    return image === undefined || tail.ids.every(isData) ? -1 : sizes.indexOf(image);
  };
}
