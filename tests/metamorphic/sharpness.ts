/** How much comparisons with bounds say: bounds that hold everything would find nothing. */
import { type Sharpness, sharpness } from "./bounds/mod.ts";
import { expectedOf } from "./expected.ts";
import { buildCase, type Program } from "./program.ts";

/** Number of elements of outputs, by how well they are known. */
export type SharpnessCounts = Record<Sharpness, number>;

/** Counts the elements of all outputs of a program. */
export function countSharpness(program: Program, counts: SharpnessCounts): void {
  const subject = buildCase(program);
  const last = expectedOf(subject).steps.at(-1)!;
  for (const node of subject.graph.outputs) {
    const bounds = last.get(node)!;
    for (let i = 0; i < bounds.low.length; i++) counts[sharpness(bounds, i)]++;
  }
}
