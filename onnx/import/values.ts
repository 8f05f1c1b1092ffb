/**
 * Values of a file as tensors, and the elements of values that are known before the model runs.
 * @module
 */
import { full as filled, type Tensor, tensor } from "../../autograd/mod.ts";
import { toFloat32, toInt32 } from "../../checkpoint/convert.ts";
import { SafetensorsError } from "../../checkpoint/errors.ts";
import type { SafetensorsDType } from "../../checkpoint/tensor_data.ts";
import {
  attrsOf,
  constant,
  type DType,
  elementCount,
  type HostArray,
  hostArrays,
  interpret,
  is,
  type Node,
  type TensorType,
  topological,
} from "../../graph/mod.ts";
import { OnnxError } from "../errors.ts";
import type { OnnxDType, OnnxInitializer } from "../file/model.ts";

/** The dtype here of elements of a file: 64-bit integers become i32, and other floats f32. */
export const dtypeHere: Readonly<Record<OnnxDType, Exclude<DType, "u8">>> = {
  f32: "f32",
  f64: "f32",
  f16: "f32",
  bf16: "f32",
  i8: "i32",
  i16: "i32",
  i32: "i32",
  i64: "i32",
  u8: "i32",
  u16: "i32",
  u32: "u32",
  u64: "i32",
  bool: "bool",
};

/** Whether the elements are floating-point numbers. */
export function isFloat({ dtype }: Pick<OnnxInitializer, "dtype">): boolean {
  return dtypeHere[dtype] === "f32";
}

/**
 * The elements of a tensor of a file in the dtype that they have here.
 * @throws {OnnxError} if an element does not fit
 */
export function elementsHere({ name, dtype, shape, bytes }: OnnxInitializer): HostArray {
  const data = {
    dtype: dtype.toUpperCase() as SafetensorsDType,
    shape,
    bytes: dtype === "i64" ? withinInt32(bytes) : bytes,
  };
  try {
    if (isFloat({ dtype })) return toFloat32(data);
    if (dtype === "u32") return new Uint32Array(bytes.slice().buffer);
    const integers = toInt32(data);
    return dtype === "bool" ? Uint8Array.from(integers) : integers;
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new OnnxError(
      `Cannot import the tensor "${name}" of an ONNX file: its elements must fit ` +
        `${dtypeHere[dtype]}: ${error.message}`,
      name,
      { cause: error },
    );
  }
}

/** Where a slice ends "at the end", the largest integers are written: they become those of i32. */
function withinInt32(bytes: Uint8Array): Uint8Array {
  const own = bytes.slice();
  const view = new DataView(own.buffer);
  for (let at = 0; at < own.length; at += 8) {
    const value = view.getBigInt64(at, true);
    const isEnd = value > 2n ** 62n || value < -(2n ** 62n);
    if (isEnd) view.setBigInt64(at, value < 0n ? -(2n ** 31n) : 2n ** 31n - 1n, true);
  }
  return own;
}

/** A tensor of a file as a constant. */
export function constantOf(initializer: OnnxInitializer): Tensor {
  return constantTensor(elementsHere(initializer), {
    dtype: dtypeHere[initializer.dtype],
    shape: initializer.shape,
  });
}

/** A constant. One number is written as such, because passes of the graph simplify it further. */
export function constantTensor(data: HostArray, { dtype, shape }: TensorType): Tensor {
  const [first] = data;
  const isNumber = first !== undefined && dtype !== "u8" &&
    data.every((element: number) => Object.is(element, first));
  return isNumber ? filled(first, shape, dtype) : tensor(data, shape, dtype);
}

/** A vector of integers: i32 [values.length]. */
export function integers(values: readonly number[], shape = [values.length]): Tensor {
  return tensor(Int32Array.from(values), shape);
}

/** Larger values are computed on the device only. */
const MOST_ELEMENTS = 2 ** 16;

const computed = new WeakMap<Node, readonly number[] | null>();

/**
 * The elements of a value that depends on nothing but constants, and is small: real files compute
 * shapes with operators. `undefined` for other values. The graph itself is not changed.
 */
export function knownElements({ node }: Tensor): readonly number[] | undefined {
  const data = attrsOf(node, constant)?.data;
  if (data) return Array.from<number>(data);
  const known = computed.get(node);
  if (known !== undefined) return known ?? undefined;
  const found = isClosed(node)
    ? hostArrays[node.type.dtype].from(interpret([node]).get(node)!)
    : undefined;
  const elements = found && Array.from<number>(found);
  computed.set(node, elements ?? null);
  return elements;
}

/** Whether a value is computed from constants only, and few elements. */
function isClosed(node: Node): boolean {
  let elements = 0;
  return topological([node]).every((part) => {
    elements += elementCount(part.type.shape);
    const isOpen = part.op.lowering.kind === "source" && !is(part, constant);
    return !isOpen && elements <= MOST_ELEMENTS;
  });
}
