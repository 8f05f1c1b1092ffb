/**
 * An ONNX model as plain data, and its encoding as a file.
 * @module
 */
import { OnnxError } from "../errors.ts";
import { Message } from "./protobuf.ts";

/** Supported element types. */
export type OnnxDType = "f32" | "u8" | "i32" | "i64" | "bool" | "u32";

/** `TensorProto.DataType`. */
const dataTypes: Readonly<Record<OnnxDType, number>> = {
  f32: 1,
  u8: 2,
  i32: 6,
  i64: 7,
  bool: 9,
  u32: 12,
};

/** Value of an attribute of an operator. */
export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "text"; readonly value: string };

/** One operator of the graph. */
export interface OnnxNode {
  /** Operator type, for example `Conv`. */
  readonly op: string;
  /** Name, unique in the graph. */
  readonly name: string;
  /** Names of the inputs; `""` for an omitted optional input. */
  readonly inputs: readonly string[];
  /** Name of the result. */
  readonly output: string;
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
  /** Size of each axis; a string names a size that is known only at run time. */
  readonly shape: readonly (number | string)[];
}

/** An ONNX model. */
export interface OnnxModel {
  /** Name of the graph. */
  readonly name: string;
  /** The operators, in topological order. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly initializers: readonly OnnxInitializer[];
  /** Inputs of the graph. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the graph. */
  readonly outputs: readonly OnnxValue[];
  /** Metadata. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Version of the operator set: the first one with LayerNormalization. */
export const OPSET = 17;
/** Version of the file format that was released with this operator set. */
const IR_VERSION = 8;

/** Maximum size of a Protocol Buffers message in bytes. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Encodes a model as an `.onnx` file.
 * @throws {OnnxError} if it is larger than 2 GiB
 */
export function encodeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const message = new Message()
    .int(1, IR_VERSION)
    .text(2, "gspace")
    .message(7, graphMessage(model))
    .message(8, new Message().text(1, "").int(2, OPSET));
  for (const [key, value] of model.metadata) {
    message.message(14, new Message().text(1, key).text(2, value));
  }
  if (message.length > MOST_BYTES) {
    throw new OnnxError(
      `Cannot write an ONNX file: it must be smaller than 2 GiB: current size is ${message.length} bytes`,
    );
  }
  return message.finish();
}

function graphMessage({ name, nodes, initializers, inputs, outputs }: OnnxModel): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeMessage(node));
  graph.text(2, name);
  for (const initializer of initializers) graph.message(5, tensorMessage(initializer));
  for (const input of inputs) graph.message(11, valueMessage(input));
  for (const output of outputs) graph.message(12, valueMessage(output));
  return graph;
}

function nodeMessage({ op, name, inputs, output, attributes }: OnnxNode): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  node.text(2, output).text(3, name).text(4, op);
  for (const [key, attribute] of Object.entries(attributes)) {
    node.message(5, attributeMessage(key, attribute));
  }
  return node;
}

/** Encodes an attribute: its name, value, and `AttributeProto.AttributeType`. */
function attributeMessage(name: string, attribute: OnnxAttribute): Message {
  const message = new Message().text(1, name);
  switch (attribute.kind) {
    case "float":
      return message.float(2, attribute.value).int(20, 1);
    case "int":
      return message.int(3, attribute.value).int(20, 2);
    case "text":
      return message.text(4, attribute.value).int(20, 3);
    case "ints":
      // the schema is proto2, in which repeated integers are not packed
      for (const value of attribute.value) message.int(8, value);
      return message.int(20, 7);
  }
}

function tensorMessage({ name, dtype, shape, bytes }: OnnxInitializer): Message {
  const message = new Message();
  for (const size of shape) message.int(1, size);
  return message.int(2, dataTypes[dtype]).text(8, name).bytes(9, bytes);
}

function valueMessage({ name, dtype, shape }: OnnxValue): Message {
  const sizes = new Message();
  for (const size of shape) {
    const dimension = new Message();
    sizes.message(1, typeof size === "number" ? dimension.int(1, size) : dimension.text(2, size));
  }
  const tensor = new Message().int(1, dataTypes[dtype]).message(2, sizes);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
