/**
 * An ONNX model as plain data, and its file.
 * @module
 */
import { OnnxError } from "./errors.ts";
import { Message } from "./protobuf.ts";

/** Element types that are written. */
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

/** What an operator is told besides its inputs. Whole numbers are written as integers. */
export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "text"; readonly value: string };

/** One operator of the graph. */
export interface OnnxNode {
  /** Its kind, as `Conv`. */
  readonly op: string;
  /** Its name, unique in the graph. */
  readonly name: string;
  /** Names of values; `""` for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** Name of its result. */
  readonly output: string;
  /** What it is told besides. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A value that is part of the file: a weight or a constant. */
export interface OnnxInitializer {
  /** Its name; of a weight, the one in the model's state. */
  readonly name: string;
  /** Element type. */
  readonly dtype: OnnxDType;
  /** Sizes along the axes. */
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array;
}

/** An input or output of the graph. */
export interface OnnxValue {
  /** Its name. */
  readonly name: string;
  /** Element type. */
  readonly dtype: OnnxDType;
  /** Sizes along the axes; a text names a size that is known when the model runs. */
  readonly shape: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  /** Name of the graph. */
  readonly name: string;
  /** The operators, each after those that it needs. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly initializers: readonly OnnxInitializer[];
  /** What is handed in. */
  readonly inputs: readonly OnnxValue[];
  /** What comes out. */
  readonly outputs: readonly OnnxValue[];
  /** Texts that go along. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Version of the operator set: the first with LayerNormalization. */
export const OPSET = 17;
/** Version of the file format that came with it. */
const IR_VERSION = 8;

/** Protocol Buffers count in 31 bits. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes a model as an `.onnx` file.
 * @throws {OnnxError} if it is larger than the format allows
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
      `Cannot write an ONNX file: it has at most 2 GiB: current size is ${message.length} bytes`,
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

/** Field of the value and `AttributeProto.AttributeType`. */
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
      // packed would be right in proto3, but the schema is proto2, where each stands by itself
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
