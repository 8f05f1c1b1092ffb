import { DatasetError } from "./dataset.ts";

/** Creates the error for the contents of a dataset that break a rule. */
export function invalidData(dataset: string, rule: string, current: string): DatasetError {
  return new DatasetError(dataset, `Cannot read dataset "${dataset}": ${rule}: current ${current}`);
}
