import { computes } from "../element.ts";
import { axisOfRank, checkOption, checkValue, shapeSizes } from "../check_value.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { formatFound } from "../format_found.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { withoutInputs } from "./_vmap.ts";
import { checkBytes } from "../sizes.ts";
import { type DType, elementCount, type HostArray, type Shape, type TensorType } from "../types.ts";

/** Attributes of a source. */
export interface SourceAttrs {
  /** Its name, for error messages and device labels. */
  readonly name: string;
  /** Its element type and shape. */
  readonly type: TensorType;
}

function checkType({ dtype, shape }: TensorType, name: string): TensorType {
  if (!["f32", "i32", "u32", "bool", "u8"].includes(dtype)) {
    throw new DTypeError(
      `Cannot make "${name}": the type must be f32, i32, u32, bool, or u8: current type is ${dtype}`,
    );
  }
  checkOption(() => `make "${name}"`, { shape }, shapeSizes, ShapeError);
  return { dtype, shape };
}

function sourceOp<A extends SourceAttrs>(name: string): Op<A> {
  return {
    name,
    lowering: { kind: "source" },
    infer: (_inputs, { name, type }) => {
      const checked = checkType(type, name);
      checkBytes(`make "${name}"`, checked);
      return checked;
    },
    vmap: withoutInputs,
  };
}

const variableOp: Op<SourceAttrs> = sourceOp("variable");
const inputOp: Op<SourceAttrs> = sourceOp("input");

/** Attributes of a constant. */
export interface ConstantAttrs extends SourceAttrs {
  /** The elements, row-major. */
  readonly data: HostArray;
}

const constantOp: Op<ConstantAttrs> = sourceOp("constant");

/** A value that is kept on the device and may be updated. Each call creates a new variable. */
export const variable:
  & ((name: string, type: TensorType) => Node)
  & Builder<SourceAttrs> = defineBuilder(
    variableOp,
    (name: string, type: TensorType) => makeNode(variableOp, [], { name, type }),
  );

/** A value that is provided for every run. */
export const input: ((name: string, type: TensorType) => Node) & Builder<SourceAttrs> =
  defineBuilder(
    inputOp,
    (name: string, type: TensorType) => makeNode(inputOp, [], { name, type }),
  );

const dtypeOfArray = (data: HostArray): DType =>
  data instanceof Float32Array
    ? "f32"
    : data instanceof Int32Array
    ? "i32"
    : data instanceof Uint32Array
    ? "u32"
    : asBytes(data);

function asBytes(data: Uint8Array): DType {
  if (data instanceof Uint8Array) return "u8";
  throw new DTypeError(
    "Cannot make a constant: its elements must be in a Float32Array, Int32Array, Uint32Array, " +
      `or Uint8Array: current array is ${formatFound(data)}`,
  );
}

/**
 * A constant from host memory.
 * @throws {ShapeError} if the number of elements does not match the shape
 */
export const constant:
  & ((data: HostArray, shape: Shape, dtype?: DType) => Node)
  & Builder<ConstantAttrs> = defineBuilder(
    constantOp,
    (data: HostArray, shape: Shape, dtype: DType = dtypeOfArray(data)) => {
      checkOption("make a constant", { shape }, shapeSizes, ShapeError);
      if (data.length !== elementCount(shape)) {
        throw new ShapeError(
          `Cannot make a constant: shape [${shape}] has ${elementCount(shape)} elements: ` +
            `current data has ${data.length}`,
        );
      }
      const fits = dtype === dtypeOfArray(data) || (dtype === "bool" && data instanceof Uint8Array);
      if (!fits) {
        throw new DTypeError(
          `Cannot make a constant of type ${dtype}: it needs the matching typed array: ` +
            `current array holds ${dtypeOfArray(data)}`,
        );
      }
      return makeNode(constantOp, [], { name: "constant", type: { dtype, shape }, data });
    },
  );

/** Attributes of `full`. */
export interface FullAttrs {
  /** The value of every element. */
  readonly value: number;
  /** Its element type and shape. */
  readonly type: TensorType;
}

const fullOp: Op<FullAttrs> = {
  name: "full",
  lowering: computes(({ attrs, type }) => {
    if (type.dtype === "u8") throw new Error("Internal: full of u8");
    return s.const(attrs.value, type.dtype);
  }),
  infer: (_inputs, { value, type }) => {
    if (type.dtype === "u8") {
      throw new DTypeError(
        "Cannot fill a u8 tensor, or compute with one: u8 is for constant data: cast it to f32 or i32 first",
      );
    }
    const checked = checkType(type, "full");
    checkValue(value, type.dtype);
    return checked;
  },
  vmap: withoutInputs,
};

/** A tensor filled with one value. */
export const full:
  & ((value: number, shape: Shape, dtype?: DType) => Node)
  & Builder<FullAttrs> = defineBuilder(
    fullOp,
    (value: number, shape: Shape, dtype: DType = "f32") =>
      makeNode(fullOp, [], { value, type: { dtype, shape } }),
  );

/** Attributes of `iota`. */
export interface IotaAttrs {
  /** Shape of the result. */
  readonly shape: Shape;
  /** The axis whose positions are the elements. */
  readonly axis: number;
}

const iotaOp: Op<IotaAttrs> = {
  name: "iota",
  lowering: computes(({ coords, attrs }) => coords[attrs.axis]!),
  infer: (_inputs, { shape, axis }) => {
    const type = checkType({ dtype: "i32", shape }, "iota");
    checkOption("number positions", { axis }, axisOfRank(shape.length), ShapeError);
    return type;
  },
  vmap: withoutInputs,
};

/** i32: each element is its position along `axis`. */
export const iota: ((shape: Shape, axis: number) => Node) & Builder<IotaAttrs> = defineBuilder(
  iotaOp,
  (shape: Shape, axis: number) => makeNode(iotaOp, [], { shape, axis }),
);
