/** Decoding of the weights and constants of an ONNX file. */
import { concatenated } from "../../checkpoint/bytes.ts";
import { quoteName } from "../../checkpoint/errors.ts";
import { OnnxError } from "../errors.ts";
import { dataTypes, type OnnxDType, type OnnxInitializer } from "./model.ts";
import { type Field, fieldsOf, safe } from "./protobuf_reader.ts";

/** Bytes of an element. */
const elementBytes: Readonly<Record<OnnxDType, number>> = {
  f32: 4,
  f64: 8,
  f16: 2,
  bf16: 2,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  bool: 1,
};

/** Names of types that no tensor here can have. */
const otherTypes: Readonly<Record<number, string>> = {
  0: "undefined",
  8: "text",
  14: "complex64",
  15: "complex128",
};

/**
 * Returns the element type with this number in `TensorProto.DataType`.
 * @throws {OnnxError} naming the tensor, if it has no numbers
 */
export function dtypeOfCode(code: number, tensor: string): OnnxDType {
  const found = Object.entries(dataTypes).find(([, other]) => other === code);
  if (found) return found[0] as OnnxDType;
  throw new OnnxError(
    `Cannot read an ONNX file: elements must be numbers: current type of ${quoteName(tensor)} is ` +
      (otherTypes[code] ?? `number ${code}`),
  );
}

/**
 * Decodes a tensor. Its elements are in `raw_data`, or in a list of numbers wider than they are.
 * @throws {OnnxError} if there are more or fewer of them than its shape says
 */
export function decodeTensor(message: Uint8Array<ArrayBuffer>): OnnxInitializer {
  const shape: number[] = [];
  const lists: Field[] = [];
  let [name, code] = ["", 0];
  for (const field of fieldsOf(message)) {
    if (field.number === 1) shape.push(...field.bigints().map(safe));
    else if (field.number === 2) code = field.int();
    else if (field.number === 8) name = field.text();
    else if (field.number === 14 && field.int() === 1) {
      throw cannotRead(name, "its elements must be in the file: current place is another file");
    } else lists.push(field);
  }
  const dtype = dtypeOfCode(code, name);
  const bytes = elementsOf(lists, dtype, name);
  const wanted = shape.reduce((product, size) => product * size, elementBytes[dtype]);
  if (shape.some((size) => size < 0) || wanted !== bytes.length) {
    throw cannotRead(
      name,
      `its elements must match its shape: current type is ${dtype}[${
        shape.slice(0, 8).join(", ")
      }], of ${bytes.length} bytes`,
    );
  }
  return { name, dtype, shape, bytes };
}

/** The little-endian elements, which one kind of field holds. */
function elementsOf(fields: readonly Field[], dtype: OnnxDType, name: string): Uint8Array {
  const listed = (number: number) => fields.filter((field) => field.number === number);
  const raw = listed(9).at(-1);
  if (raw) return raw.bytes();
  switch (dtype) {
    case "f32":
      return joined(listed(4).map((field) => field.fixed(4)));
    case "f64":
      return joined(listed(10).map((field) => field.fixed(8)));
    case "i64":
      return narrowed(listed(7), dtype, name);
    case "u32":
    case "u64":
      return narrowed(listed(11), dtype, name);
    default:
      return narrowed(listed(5), dtype, name);
  }
}

/** Cuts integers to the lowest bytes of each. */
function narrowed(fields: readonly Field[], dtype: OnnxDType, name: string): Uint8Array {
  const size = elementBytes[dtype];
  const bits = 8 * size;
  const all = fields.flatMap((field) => field.bigints());
  const out = new Uint8Array(all.length * size);
  all.forEach((value, i) => {
    const low = BigInt.asUintN(bits, value);
    if (low !== value && BigInt.asIntN(bits, value) !== value && size < 8) {
      throw cannotRead(name, `its elements must be ${dtype}: current element ${i} is ${value}`);
    }
    for (let byte = 0; byte < size; byte++) {
      out[i * size + byte] = Number((low >> BigInt(8 * byte)) & 0xffn);
    }
  });
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : concatenated(parts);
}

function cannotRead(name: string, rule: string): OnnxError {
  return new OnnxError(`Cannot read the tensor ${quoteName(name)} of an ONNX file: ${rule}`);
}
