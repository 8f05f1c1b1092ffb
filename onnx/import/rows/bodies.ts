/** What rows of operators have in common whose attributes are graphs. */
import { allNodes } from "../captures.ts";
import type { Operands } from "../operands.ts";
import { labelOf } from "../operator.ts";
import type { Body } from "../row.ts";

/** Operators that keep statistics or draw numbers in training. */
const trained: ReadonlySet<string> = new Set(["BatchNormalization", "Dropout"]);

/**
 * Checks that a graph that is computed any number of times has no operators that keep statistics or
 * draw numbers.
 * @throws {OnnxError} if it has one and the model is trained
 */
export function mustBeSteady({ steps }: Body, operands: Operands): void {
  if (!operands.context.training) return;
  const bad = allNodes(steps.map(({ operator }) => operator.node)).find(({ op }) =>
    trained.has(op)
  );
  if (bad) throw operands.refuse(`its body must not contain ${labelOf(bad)} in training`);
}
