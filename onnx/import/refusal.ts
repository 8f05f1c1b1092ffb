import { quoteName } from "../../checkpoint/errors.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxNode } from "../file/model.ts";

/** The error that names all operators that are not supported. */
export function refusal(
  missing: ReadonlyMap<string, readonly OnnxNode[]>,
  refused: readonly OnnxError[],
  types: ReadonlySet<string>,
): OnnxError {
  return refusalOf([
    ...[...missing].map(([type, nodes]) =>
      `${quoteName(type)} is not in the table of operators` +
      (nodes.length > 1 ? ` (${nodes.length} operators)` : "") +
      (isOfSequences(type) ? ": values must be tensors: export stacked tensors, not lists" : "")
    ),
    ...refused.flatMap(linesOf),
  ], types);
}

/** Whether operators of this type read or make sequences: `SequenceAt`, `SplitToSequence`, … */
function isOfSequences(type: string): boolean {
  return /^Sequence|Sequence$/.test(type);
}

/** One error for the refusals of several graphs of an operator of this type. */
export function joined(errors: readonly OnnxError[], type: string): OnnxError {
  const types = new Set(errors.flatMap(({ refused }) => refused.length > 0 ? refused : [type]));
  return errors.length === 1 ? errors[0]! : refusalOf(errors.flatMap(linesOf), types);
}

function refusalOf(lines: readonly string[], types: ReadonlySet<string>): OnnxError {
  return new OnnxError(
    `Cannot import the ONNX file: all operators must be supported: current are not:\n  ${
      lines.join("\n  ")
    }`,
    undefined,
    { refused: [...types].sort() },
  );
}

/** The refusal of the operators of a body has a line for each. */
function linesOf({ message }: OnnxError): string[] {
  const [first, ...lines] = message.split("\n  ");
  return lines.length > 0 ? lines : [first!.replace("Cannot import ", "")];
}

/** The error for a file that breaks a rule. */
export function cannotImport(rule: string): OnnxError {
  return new OnnxError(`Cannot import the ONNX file: ${rule}`);
}
