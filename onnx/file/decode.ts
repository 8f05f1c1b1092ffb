/**
 * Decoding of an ONNX file as plain data. Only the structure is checked here: names and operators
 * are checked where the model is built.
 * @module
 */
import { viewOf } from "../../checkpoint/bytes.ts";
import { quoteName } from "../../checkpoint/errors.ts";
import { OnnxError } from "../errors.ts";
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxValue,
} from "./model.ts";
import { decodeTensor, dtypeOfCode } from "./decode_tensor.ts";
import { broken, type Field, fieldsOf, safe } from "./protobuf_reader.ts";

/** The bytes of an embedded message. */
type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Decodes an `.onnx` file as plain data, which you can inspect or change, and encode again.
 * Documentation and types of inner values are not kept.
 *
 * @throws {OnnxError} if the file is broken, or a weight is in another file, sparse, or text
 *
 * @example The operators of a file
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeOnnxModel, exportOnnx, initialize, Linear } from "@gspace/gspace";
 *
 * const bytes = await exportOnnx(initialize(new Linear(4, 3)), { sampleShape: [4] });
 * const { nodes, inputs } = decodeOnnxModel(bytes);
 * assertEquals(nodes.map(({ op }) => op), ["Gemm"]);
 * assertEquals(inputs, [{ name: "input", dtype: "f32", shape: ["batch", 4] }]);
 * ```
 */
export function decodeOnnxModel(file: Uint8Array): OnnxModel {
  const metadata = new Map<string, string>();
  let graph: Bytes | undefined;
  let opset = 1;
  const own = new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
  for (const field of fieldsOf(own)) {
    if (field.number === 7) {
      if (graph) throw broken("there must be one graph: current file has two");
      graph = field.bytes();
    } else if (field.number === 8) {
      const { domain, version } = decodeOperatorSet(field.bytes());
      if (isOnnxDomain(domain)) opset = version;
    } else if (field.number === 14) {
      const texts = textsOf(field.bytes());
      metadata.set(texts.get(1) ?? "", texts.get(2) ?? "");
    }
  }
  if (!graph) throw broken("there must be a graph: current file has none");
  return { ...decodeGraph(graph), metadata, opset };
}

/** Whether the operators of a domain are those of ONNX itself. */
export function isOnnxDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** Graphs in attributes of graphs in attributes … are read to this depth. */
const MOST_DEPTH = 8;

/** `depth`: the number of graphs around it. */
function decodeGraph(graph: Bytes, depth = 0): OnnxGraph {
  if (depth > MOST_DEPTH) throw broken(`graphs must be nested at most ${MOST_DEPTH} times`);
  const nodes: OnnxNode[] = [];
  const [initializers, inputs, outputs]: [OnnxInitializer[], OnnxValue[], OnnxValue[]] = [
    [],
    [],
    [],
  ];
  let name = "";
  for (const field of fieldsOf(graph)) {
    switch (field.number) {
      case 1:
        nodes.push(decodeNode(field.bytes(), depth));
        break;
      case 2:
        name = field.text();
        break;
      case 5:
        initializers.push(decodeTensor(field.bytes()));
        break;
      case 11:
        inputs.push(decodeValue(field.bytes()));
        break;
      case 12:
        outputs.push(decodeValue(field.bytes()));
        break;
      case 15:
        throw broken("initializers must be dense: current file has a sparse one");
    }
  }
  return { name, nodes, initializers, inputs, outputs };
}

function decodeNode(node: Bytes, depth: number): OnnxNode {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes: [string, OnnxAttribute][] = [];
  let [name, op, domain] = ["", "", ""];
  for (const field of fieldsOf(node)) {
    if (field.number === 1) inputs.push(field.text());
    else if (field.number === 2) outputs.push(field.text());
    else if (field.number === 3) name = field.text();
    else if (field.number === 4) op = field.text();
    else if (field.number === 5) attributes.push(decodeAttribute(field.bytes(), depth));
    else if (field.number === 7) domain = field.text();
  }
  const plain = { op, name, inputs, outputs, attributes: Object.fromEntries(attributes) };
  return isOnnxDomain(domain) ? plain : { ...plain, domain };
}

/** What the numbers of `AttributeProto.AttributeType` mean, for messages. */
const otherKinds: Readonly<Record<number, string>> = {
  0: "of no type",
  9: "a list of tensors",
  10: "a list of graphs",
  11: "a sparse tensor",
  12: "a list of sparse tensors",
  13: "a type",
  14: "a list of types",
};

function decodeAttribute(attribute: Bytes, depth: number): [string, OnnxAttribute] {
  const fields = [...fieldsOf(attribute)];
  const last = (number: number): Field | undefined =>
    fields.findLast((field) => field.number === number);
  const all = (number: number): Field[] => fields.filter((field) => field.number === number);
  const type = last(20)?.int() ?? 0;
  const value = (): OnnxAttribute => {
    switch (type) {
      case 1:
        return { kind: "float", value: last(2)?.float() ?? 0 };
      case 2:
        return { kind: "int", value: lenient(last(3)?.bigint() ?? 0n) };
      case 3:
        return { kind: "text", value: last(4)?.text() ?? "" };
      case 4:
        return { kind: "tensor", value: decodeTensor(last(5)?.bytes() ?? new Uint8Array()) };
      case 5:
        return decodeInnerGraph(last(6)?.bytes() ?? new Uint8Array(), depth);
      case 6:
        return { kind: "floats", value: all(7).flatMap((field) => [...floatsOf(field)]) };
      case 7:
        return { kind: "ints", value: all(8).flatMap((field) => field.bigints()).map(lenient) };
      case 8:
        return { kind: "texts", value: all(9).map((field) => field.text()) };
      default:
        return { kind: "other", value: otherKinds[type] ?? `of type ${type}` };
    }
  };
  return [last(1)?.text() ?? "", value()];
}

/** A graph that cannot be read is an error only if its operator is imported. */
function decodeInnerGraph(graph: Bytes, depth: number): OnnxAttribute {
  try {
    return { kind: "graph", value: decodeGraph(graph, depth + 1) };
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    return { kind: "other", value: `a graph that cannot be read (${error.message})` };
  }
}

/** "To the end" is often written as the largest 64-bit integer. */
function lenient(value: bigint): number {
  const most = Number.MAX_SAFE_INTEGER;
  return Math.max(-most, Math.min(most, Number(value)));
}

function floatsOf(field: Field): Float32Array {
  const bytes = field.fixed(4);
  const view = viewOf(bytes);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function decodeValue(value: Bytes): OnnxValue {
  let name = "";
  let type: Bytes | undefined;
  for (const field of fieldsOf(value)) {
    if (field.number === 1) name = field.text();
    else if (field.number === 2) type = field.bytes();
  }
  const tensor = [...fieldsOf(type ?? new Uint8Array())].find(({ number }) => number === 1);
  if (!tensor) {
    throw new OnnxError(
      `Cannot read an ONNX file: inputs and outputs must be tensors: current type of ${
        quoteName(name)
      } is another`,
    );
  }
  let [code, shape]: [number, (number | string)[]] = [0, ["..."]];
  for (const field of fieldsOf(tensor.bytes())) {
    if (field.number === 1) code = field.int();
    else if (field.number === 2) shape = [...fieldsOf(field.bytes())].flatMap(decodeSize);
  }
  return { name, dtype: dtypeOfCode(code, name), shape };
}

/** A size, or the name of one. One that is neither known nor named is called `?`. */
function decodeSize(field: Field): (number | string)[] {
  if (field.number !== 1) return [];
  const parts = [...fieldsOf(field.bytes())];
  const last = parts.findLast(({ number }) => number === 1 || number === 2);
  if (!last) return ["?"];
  return [last.number === 2 ? last.text() || "?" : last.int()];
}

function decodeOperatorSet(message: Bytes) {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(message)) {
    if (field.number === 1) domain = field.text();
    else if (field.number === 2) version = safe(field.bigint());
  }
  return { domain, version };
}

/** The texts of a message by field number. */
function textsOf(message: Bytes): ReadonlyMap<number, string> {
  return new Map([...fieldsOf(message)].map((field) => [field.number, field.text()]));
}
