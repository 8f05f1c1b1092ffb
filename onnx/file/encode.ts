/**
 * Encoding of an ONNX model as a file.
 * @module
 */
import { OnnxError } from "../errors.ts";
import {
  dataTypes,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
} from "./model.ts";
import { Message } from "./protobuf.ts";

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
    .message(8, new Message().text(1, "").int(2, model.opset));
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

function graphMessage({ name, nodes, initializers, inputs, outputs }: OnnxGraph): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeMessage(node));
  graph.text(2, name);
  for (const initializer of initializers) graph.message(5, tensorMessage(initializer));
  for (const input of inputs) graph.message(11, valueMessage(input));
  for (const output of outputs) graph.message(12, valueMessage(output));
  return graph;
}

function nodeMessage({ op, name, domain = "", inputs, outputs, attributes }: OnnxNode): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, name).text(4, op);
  if (domain !== "") node.text(7, domain);
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
    case "floats":
      for (const value of attribute.value) message.float(7, value);
      return message.int(20, 6);
    case "texts":
      for (const value of attribute.value) message.text(9, value);
      return message.int(20, 8);
    case "tensor":
      return message.message(5, tensorMessage(attribute.value)).int(20, 4);
    case "graph":
      return message.message(6, graphMessage(attribute.value)).int(20, 5);
    case "other":
      throw new OnnxError(
        `Cannot write an ONNX file: the attribute "${name}" must be a number, text, tensor, ` +
          `graph, or list: current is ${attribute.value}`,
      );
  }
}

function tensorMessage({ name, dtype, shape, bytes }: OnnxInitializer): Message {
  const message = new Message();
  for (const size of shape) message.int(1, size);
  return message.int(2, dataTypes[dtype]).text(8, name).bytes(9, bytes);
}

function valueMessage({ name, dtype, shape }: OnnxValue): Message {
  const tensor = new Message().int(1, dataTypes[dtype]);
  const typed = () => new Message().text(1, name).message(2, new Message().message(1, tensor));
  if (shape.length === 1 && shape[0] === "...") return typed();
  const sizes = new Message();
  for (const size of shape) {
    const dimension = new Message();
    sizes.message(1, typeof size === "number" ? dimension.int(1, size) : dimension.text(2, size));
  }
  tensor.message(2, sizes);
  return typed();
}
