import { conventionCases } from "./conventions.ts";
import { elementwiseCases } from "./elementwise.ts";
import { imageCases } from "./images.ts";
import { integerCases } from "./integers.ts";
import { networkCases } from "./network.ts";
import type { OpCase } from "./op_case.ts";
import { poolingCases } from "./pooling.ts";
import { reductionCases } from "./reductions.ts";
import { scanCases } from "./scans.ts";
import { sourceCases } from "./sources.ts";
import { tensorCases } from "./tensors.ts";
import { viewCases } from "./views.ts";

/** Every op and composition of `graph/ops` with the types that it is tested on. */
export const opCases: readonly OpCase[] = [
  ...elementwiseCases,
  ...integerCases,
  ...conventionCases,
  ...reductionCases,
  ...viewCases,
  ...networkCases,
  ...imageCases,
  ...poolingCases,
  ...sourceCases,
  ...scanCases,
];

/** What `graph/ops` exports and is no op with a value of its own, and why. */
export const notOps: Readonly<Record<string, string>> = {
  variable: "a source: bound from outside",
  input: "a source: bound from outside",
  fullLike: "full with the type of another node",
  broadcastShapes: "a function of shapes",
  inferReduce: "a shape rule",
  flatPosition: "index arithmetic, a part of elementsAt",
  broadcastBack: "reshape and broadcastTo",
  fixedCounter: "full",
  mapOp: "makes rows",
  unaryOp: "makes rows",
  binaryOp: "makes rows",
  conv2dAttrs: "a function of shapes",
  conv2dResult: "a function of shapes",
  convTranspose2d: "conv2dInputGradient by PyTorch's options; it has cases all the same",
  windowCount: "a function of sizes",
  scan: "a loop without a value of its own: see scanStacked and scanFinal",
};

/** The cases of each op. */
export function casesByOp(): Map<string, OpCase[]> {
  return grouped(opCases);
}

/** The cases of each op, and of each method or function of tensors that is a composition. */
export function casesByName(): Map<string, OpCase[]> {
  return grouped([...opCases, ...tensorCases]);
}

function grouped(list: readonly OpCase[]): Map<string, OpCase[]> {
  const groups = new Map<string, OpCase[]>();
  for (const opCase of list) {
    groups.set(opCase.op, [...groups.get(opCase.op) ?? [], opCase]);
  }
  return groups;
}
