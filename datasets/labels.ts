import { type Dataset, DatasetError, type Split } from "./dataset.ts";

/**
 * Checks that each label of a split is a class, from 0 to classes − 1. The loss of any other label
 * would be NaN.
 *
 * @param what name of the labels, for error messages
 * @throws {DatasetError} naming the sample, its label, and the classes
 */
export function checkLabels(
  { name, classes }: Pick<Dataset, "name" | "classes">,
  { y }: Pick<Split, "y">,
  what: string,
): void {
  for (let sample = 0; sample < y.length; sample++) {
    const label = y[sample]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new DatasetError(
      name,
      `Cannot use dataset "${name}": labels of ${what} must be from 0 to ${classes - 1}: ` +
        `current ${label} in sample ${sample}`,
    );
  }
}
