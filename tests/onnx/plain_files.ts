/** ONNX files of a few operators, written by hand as plain data. */
import {
  encodeOnnxModel,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
} from "../../onnx/mod.ts";

/** An operator, named after its type and first result. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode["attributes"] = {},
): OnnxNode {
  return { op, name: `${op}_${outputs[0]}`, inputs, outputs, attributes };
}

/** An f32 tensor. */
export function vector(
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): OnnxInitializer {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dtype: "f32", shape, bytes };
}

/** An i64 tensor: a scalar for a number. */
export function whole(name: string, values: number | readonly number[]): OnnxInitializer {
  const list = typeof values === "number" ? [values] : values;
  const bytes = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
  return { name, dtype: "i64", shape: typeof values === "number" ? [] : [list.length], bytes };
}

/** A boolean scalar. */
export function flag(name: string, value: boolean): OnnxInitializer {
  return { name, dtype: "bool", shape: [], bytes: Uint8Array.of(value ? 1 : 0) };
}

/** An input or output: by default, f32 of any shape. */
export function value(
  name: string,
  { dtype = "f32", shape = ["..."] }: Partial<Omit<OnnxValue, "name">> = {},
): OnnxValue {
  return { name, dtype, shape };
}

/** A list of integers as an attribute. */
export const ints = (value: readonly number[]) => ({ kind: "ints", value }) as const;

/** An integer as an attribute. */
export const int = (value: number) => ({ kind: "int", value }) as const;

/** A graph as an attribute. */
export const graph = (value: Partial<OnnxGraph>) =>
  ({ kind: "graph", value: plain(value) }) as const;

function plain(parts: Partial<OnnxGraph>): OnnxGraph {
  return { name: "graph", nodes: [], initializers: [], inputs: [], outputs: [], ...parts };
}

/** A file of opset 17. */
export function fileOf(parts: Partial<OnnxModel>): Uint8Array<ArrayBuffer> {
  return encodeOnnxModel({ ...plain(parts), metadata: new Map(), opset: 17, ...parts });
}
