/** Rows of elementwise ops. */
import { cast, clamp, type DType, leakyRelu } from "../../../graph/mod.ts";
import type { OnnxBuilder } from "../builder.ts";
import { cannotExport } from "../../errors.ts";
import { compactOperands, direct, fixedAttrs, refuse, type Row } from "../row.ts";

/** Row of an op that is one broadcasting operator. */
function broadcasting(op: string): Row {
  return composed((inputs, onnx) => onnx.add(op, inputs));
}

/** Row of an op that is several operators on broadcasting inputs. */
function composed(emit: (inputs: readonly string[], onnx: OnnxBuilder) => string): Row {
  return (node, traces) => ({
    operands: compactOperands(node.inputs, { wanted: traces.sizes(node), traces }),
    emit,
  });
}

/** Powers and their sums; what they are powers of is only for derivatives. */
const softmax: Row = (node, traces) => ({
  operands: compactOperands(node.inputs.slice(0, 2), { wanted: traces.sizes(node), traces }),
  emit: (inputs, onnx) => onnx.add("Div", inputs),
});

const square: Row = composed(([x], onnx) => onnx.add("Mul", [x!, x!]));

/** x/2 · (1 + erf(x/√2)): opset 17 has no Gelu operator. */
const gelu: Row = composed(([x], onnx) => {
  const scaled = onnx.add("Mul", [x!, onnx.scalar(Math.SQRT1_2, "f32")]);
  const shifted = onnx.add("Add", [onnx.add("Erf", [scaled]), onnx.scalar(1, "f32")]);
  return onnx.add("Mul", [onnx.add("Mul", [x!, onnx.scalar(0.5, "f32")]), shifted]);
});

/** 2 · sinh(x/2) · e^(x/2), because eˣ − 1 would cancel near 0. */
const expm1: Row = composed(([x], onnx) => {
  const half = onnx.add("Mul", [x!, onnx.scalar(0.5, "f32")]);
  const product = onnx.add("Mul", [onnx.add("Sinh", [half]), onnx.add("Exp", [half])]);
  return onnx.add("Mul", [product, onnx.scalar(2, "f32")]);
});

/** log(u) · x / (u − 1) for u = 1 + x, in which the rounding of u cancels; x where u is 1. */
const log1p: Row = composed(([x], onnx) => {
  const one = onnx.scalar(1, "f32");
  const sum = onnx.add("Add", [x!, one]);
  const isOne = onnx.add("Equal", [sum, one]);
  const rounded = onnx.add("Sub", [sum, one]);
  const isPlain = onnx.add("Or", [isOne, onnx.add("IsInf", [sum])]);
  const divisor = onnx.add("Where", [isPlain, one, rounded]);
  const factor = onnx.add("Where", [onnx.add("IsInf", [sum]), one, onnx.add("Div", [x!, divisor])]);
  const value = onnx.add("Mul", [onnx.add("Log", [sum]), factor]);
  return onnx.add("Where", [isOne, x!, value]);
});

const rsqrt: Row = composed(([x], onnx) => onnx.add("Reciprocal", [onnx.add("Sqrt", [x!])]));

const leaky: Row = (node, traces) => {
  const { slope } = fixedAttrs(node, leakyRelu, { traces });
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add("LeakyRelu", inputs, { alpha: { float: slope } }),
  };
};

const isFinite: Row = composed(([x], onnx) => {
  const bad = onnx.add("Or", [onnx.add("IsInf", [x!]), onnx.add("IsNaN", [x!])]);
  return onnx.add("Not", [bad]);
});

/** Where accepts numbers only, so booleans are selected by And and Or. */
const select: Row = (node, traces) => ({
  operands: compactOperands(node.inputs, { wanted: traces.sizes(node), traces }),
  emit: ([condition, a, b], onnx) => {
    if (node.type.dtype !== "bool") return onnx.add("Where", [condition!, a!, b!]);
    const otherwise = onnx.add("And", [onnx.add("Not", [condition!]), b!]);
    return onnx.add("Or", [onnx.add("And", [condition!, a!]), otherwise]);
  },
});

const mod: Row = composed((inputs, onnx) => onnx.add("Mod", inputs, { fmod: 1 }));

const notEqual: Row = composed((inputs, onnx) => onnx.add("Not", [onnx.add("Equal", inputs)]));

/** `TensorProto.DataType` of each target of a cast. */
const castTargets: Readonly<Record<Exclude<DType, "u8">, number>> = {
  f32: 1,
  i32: 6,
  bool: 9,
  u32: 12,
};

const castRow: Row = (node, traces) => {
  const { dtype } = fixedAttrs(node, cast, { traces });
  return {
    operands: node.inputs,
    emit: (inputs, onnx) => onnx.add("Cast", inputs, { to: castTargets[dtype] }),
  };
};

const clampRow: Row = (node, traces) => {
  const { low, high } = fixedAttrs(node, clamp, { traces });
  return {
    operands: node.inputs,
    emit: ([x], onnx) => {
      const [smallest, largest] = [low, high].map((value) => onnx.scalar(value, node.type.dtype));
      return onnx.add("Min", [onnx.add("Max", [x!, smallest!]), largest!]);
    },
  };
};

function shift(direction: "LEFT" | "RIGHT"): Row {
  const row = composed((inputs, onnx) => onnx.add("BitShift", inputs, { direction }));
  return (node, ...rest) => {
    if (node.type.dtype === "u32") return row(node, ...rest);
    throw cannotExport(
      node,
      `ONNX can shift only unsigned integers: current dtype is ${node.type.dtype}`,
    );
  };
}

const bits: Row = refuse("ONNX has no bitwise operators before opset 18");

/** The rows, by op. */
export const elementwise = {
  add: broadcasting("Add"),
  sub: broadcasting("Sub"),
  mul: broadcasting("Mul"),
  div: broadcasting("Div"),
  softmax,
  mod,
  neg: direct("Neg"),
  maximum: broadcasting("Max"),
  minimum: broadcasting("Min"),
  less: broadcasting("Less"),
  lessEqual: broadcasting("LessOrEqual"),
  greater: broadcasting("Greater"),
  greaterEqual: broadcasting("GreaterOrEqual"),
  equal: broadcasting("Equal"),
  notEqual,
  logicalAnd: broadcasting("And"),
  logicalOr: broadcasting("Or"),
  logicalNot: direct("Not"),
  select,
  abs: direct("Abs"),
  sign: direct("Sign"),
  square,
  sqrt: direct("Sqrt"),
  exp: direct("Exp"),
  log: direct("Log"),
  sin: direct("Sin"),
  cos: direct("Cos"),
  tanh: direct("Tanh"),
  erf: direct("Erf"),
  round: direct("Round"),
  rsqrt,
  log1p,
  expm1,
  tan: direct("Tan"),
  asin: direct("Asin"),
  acos: direct("Acos"),
  atan: direct("Atan"),
  atan2: refuse("ONNX has no arctangent of two arguments"),
  floor: direct("Floor"),
  ceil: direct("Ceil"),
  sigmoid: direct("Sigmoid"),
  relu: direct("Relu"),
  gelu,
  leakyRelu: leaky,
  pow: broadcasting("Pow"),
  isFinite,
  isNaN: direct("IsNaN"),
  clamp: clampRow,
  cast: castRow,
  bitcast: refuse("ONNX cannot reinterpret the bits of a number as another type"),
  bitXor: bits,
  bitAnd: bits,
  bitOr: bits,
  shiftLeft: shift("LEFT"),
  shiftRight: shift("RIGHT"),
} as const;
