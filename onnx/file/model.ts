/**
 * An ONNX model as plain data, as files are written from and read into.
 * @module
 */

/** Numeric element types of the format. */
export type OnnxDType =
  | "f32"
  | "f64"
  | "f16"
  | "bf16"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "bool";

/** `TensorProto.DataType`. */
export const dataTypes: Readonly<Record<OnnxDType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  u16: 4,
  i16: 5,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  u32: 12,
  u64: 13,
  bf16: 16,
};

/** Value of an attribute of an operator. */
export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "texts"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxInitializer }
  | { readonly kind: "graph"; readonly value: OnnxGraph }
  /** Another kind, which is read but neither run nor written. */
  | { readonly kind: "other"; readonly value: string };

/** One operator of the graph. */
export interface OnnxNode {
  /** Operator type, for example `Conv`. */
  readonly op: string;
  /** Domain of the operator. Default: `""`, ONNX's own. */
  readonly domain?: string;
  /** Name, unique in the graph. */
  readonly name: string;
  /** Names of the inputs; `""` for an omitted optional input. */
  readonly inputs: readonly string[];
  /** Names of the results; `""` for an omitted optional one. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A weight or constant, stored in the file. */
export interface OnnxInitializer {
  /** Name. Weights are named as in the model's state. */
  readonly name: string;
  /** Element type. */
  readonly dtype: OnnxDType;
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array;
}

/** An input or output of the graph. */
export interface OnnxValue {
  /** Name. */
  readonly name: string;
  /** Element type. */
  readonly dtype: OnnxDType;
  /**
   * Size of each axis. A string names a size that is known only at run time; `"?"` has no name, and
   * the shape `["..."]` is not known at all.
   */
  readonly shape: readonly (number | string)[];
}

/** The graph of a model, or of an attribute, such as the body of a loop. */
export interface OnnxGraph {
  /** Name of the graph. */
  readonly name: string;
  /** The operators, in topological order. Those of an attribute may use values from outside. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly initializers: readonly OnnxInitializer[];
  /** Inputs of the graph. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the graph. */
  readonly outputs: readonly OnnxValue[];
}

/** An ONNX model. */
export interface OnnxModel extends OnnxGraph {
  /** Metadata. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Version of the operator set. */
  readonly opset: number;
}

/** Version of the operator set that is written: the first one with LayerNormalization. */
export const OPSET = 17;
