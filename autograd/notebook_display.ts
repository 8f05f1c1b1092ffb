import { formatType, type HostArray, type Shape, type TensorType } from "../graph/mod.ts";

/** The method that a notebook calls to show a value. */
export const notebookDisplay: unique symbol = Symbol.for("Jupyter.display");

/** Output of a notebook cell, by MIME type. */
export type NotebookOutput = Readonly<Record<string, string>>;

/** Maximum number of elements shown along each axis. */
const SHOWN = 6;

/** Formats the type and the leading values of each axis. */
export function describeValues(type: TensorType, values: HostArray): NotebookOutput {
  const text = formatLeading(type, leadingValues(type.shape, values));
  return { "text/plain": `${formatType(type)}\n${text}` };
}

/** The elements at the first positions of each axis: those that are shown. */
export function leadingValues(shape: Shape, values: HostArray): HostArray {
  const [size, ...inner] = shape;
  if (size === undefined || values.length === 0) return values.slice(0, 1);
  const stride = values.length / size;
  const parts = Array.from(
    { length: Math.min(size, SHOWN) },
    (_, i) => leadingValues(inner, values.subarray(i * stride, (i + 1) * stride)),
  );
  const result = values.slice(0, parts.length * parts[0]!.length);
  parts.forEach((part, i) => result.set(part, i * part.length));
  return result;
}

/** Formats the values of `leadingValues` in nested brackets, one row per line. */
export function formatLeading({ shape, dtype }: TensorType, leading: HostArray): string {
  return nested(shape, (place) => show(leading[place]!, dtype));
}

/** Formats the type and the reason why there are no values. */
export function describeFailure(type: TensorType, error: unknown): NotebookOutput {
  const reason = error instanceof Error ? error.message : String(error);
  return { "text/plain": `${formatType(type)}\nno values: ${reason}` };
}

/** Formats elements in nested brackets, one row per line. */
function nested(shape: Shape, valueAt: (place: number) => string, start = 0, depth = 1): string {
  const [size, ...inner] = shape;
  if (size === undefined) return valueAt(start);
  const stride = inner.reduce((product, length) => product * Math.min(length, SHOWN), 1);
  const parts = Array.from(
    { length: Math.min(size, SHOWN) },
    (_, i) => nested(inner, valueAt, start + i * stride, depth + 1),
  );
  if (size > SHOWN) parts.push("…");
  const separator = inner.length === 0 ? ", " : `,\n${" ".repeat(depth)}`;
  return `[${parts.join(separator)}]`;
}

function show(value: number, dtype: TensorType["dtype"]): string {
  if (dtype === "bool") return String(value !== 0);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
