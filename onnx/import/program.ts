/**
 * What an ONNX file computes, checked: its operators in order, each with its row, and which of its
 * tensors are parameters.
 * @module
 */
import { quoteName } from "../../checkpoint/errors.ts";
import { OnnxError } from "../errors.ts";
import { isOnnxDomain } from "../file/decode.ts";
import type {
  OnnxDType,
  OnnxGraph,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxValue,
} from "../file/model.ts";
import { allNodes, outsideOf, withCaptures } from "./captures.ts";
import { labelOf, Operator } from "./operator.ts";
import type { Body, Step } from "./row.ts";
import { cannotImport, refusal } from "./refusal.ts";
import { rowFor } from "./rows/mod.ts";
import { constantOf, isFloat } from "./values.ts";

/** Options for `importOnnx`. */
export interface ImportOnnxOptions {
  /** Names of the values that are given for every run. Default: the inputs of the file. */
  readonly inputs?: readonly string[];
  /** Names of the values that are returned. Default: the outputs of the file. */
  readonly outputs?: readonly string[];
  /** Names of floating-point tensors that are constants, and not parameters. Default: none. */
  readonly constants?: readonly string[];
}

/** What a tensor of the file is here. */
export type Role = "parameter" | "statistics" | "constant";

/** The imported part of a file. */
export interface Program {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly string[];
  readonly steps: readonly Step[];
  readonly tensors: readonly { readonly tensor: OnnxInitializer; readonly role: Role }[];
}

/** The oldest and the newest operator set that is read. */
const OPSETS: readonly [number, number] = [6, 17];

/** Types of inputs that no tensor here can hold exactly. */
const narrow: ReadonlySet<OnnxDType> = new Set(["i8", "i16", "u16", "u64"]);

/**
 * Checks a file and chooses the part to import.
 * @throws {OnnxError} naming all operators that are not supported, or the name that is missing
 */
export function programOf(model: OnnxModel, options: ImportOnnxOptions = {}): Program {
  const [oldest, newest] = OPSETS;
  if (model.opset < oldest || model.opset > newest) {
    throw cannotImport(
      `the operator set must be ${oldest} to ${newest}: current is ${model.opset}`,
    );
  }
  const makers = makersOf(model);
  const outputs = options.outputs ?? model.outputs.map(({ name }) => name);
  const { nodes, open } = neededFor(outputs, makers, new Set(options.inputs));
  const steps = stepsOf(nodes, model.opset);
  return {
    inputs: inputsOf(model, open, options),
    outputs,
    steps,
    tensors: tensorsOf(model, { nodes, outputs, constants: options.constants ?? [] }),
  };
}

/** What makes a value: an operator, the file itself, or whoever runs it. */
type Maker = OnnxNode | "file" | "input";

/** What makes each value, by name. */
type Makers = ReadonlyMap<string, Maker>;

function makersOf({ nodes, initializers, inputs }: OnnxGraph): Makers {
  const makers = new Map<string, Maker>();
  const add = (name: string, maker: Maker) => {
    if (makers.has(name)) {
      throw cannotImport(
        `every value must have a name of its own: ${quoteName(name)} is made twice`,
      );
    }
    makers.set(name, maker);
  };
  for (const { name } of initializers) add(name, "file");
  // older files list their tensors among the inputs, too
  for (const { name } of inputs) if (makers.get(name) !== "file") add(name, "input");
  for (const node of nodes) {
    const closed = withCaptures(node);
    for (const name of node.outputs) if (name !== "") add(name, closed);
  }
  return makers;
}

/** The operators that these outputs depend on, in order, and the inputs that are needed. */
function neededFor(outputs: readonly string[], makers: Makers, given: ReadonlySet<string>) {
  if (outputs.length === 0) throw cannotImport("there must be at least one output");
  if (outputs.includes("")) throw cannotImport("every output must have a name");
  const done = new Set<string>();
  const open = new Set<string>();
  const order = new Set<OnnxNode>();
  const running = new Set<OnnxNode>();
  // a stack instead of recursion, which a long chain of operators would overflow
  const stack: (string | OnnxNode)[] = outputs.toReversed();
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (typeof next !== "string") {
      order.add(next);
      running.delete(next);
      continue;
    }
    if (next === "" || done.has(next)) continue;
    const maker = given.has(next) ? "input" : makers.get(next);
    if (maker === undefined) throw cannotImport(`no operator or input makes ${quoteName(next)}`);
    if (typeof maker === "string") {
      done.add(next);
      if (maker === "input") open.add(next);
    } else if (order.has(maker)) {
      done.add(next);
    } else if (running.has(maker)) {
      throw cannotImport(`operators must not depend on their own results: ${labelOf(maker)} does`);
    } else {
      running.add(maker);
      stack.push(maker, ...maker.inputs.toReversed());
    }
  }
  return { nodes: [...order], open };
}

/** Pairs each operator with its row. All that are not supported are named in one error. */
function stepsOf(nodes: readonly OnnxNode[], opset: number): Step[] {
  const steps: Step[] = [];
  const missing = new Map<string, OnnxNode[]>();
  const refused: OnnxError[] = [];
  const types = new Set<string>();
  for (const node of nodes) {
    const { op, domain = "" } = node;
    const row = isOnnxDomain(domain) ? rowFor(op) : undefined;
    const type = isOnnxDomain(domain) ? op : `${domain}.${op}`;
    if (!row) {
      missing.set(type, [...missing.get(type) ?? [], node]);
      types.add(type);
      continue;
    }
    const operator = new Operator(node, opset);
    try {
      const apply = row.read(operator, (graph) => bodyOf(graph, opset));
      operator.mustBeRead();
      steps.push({ operator, apply });
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
      refused.push(error);
      for (const each of error.refused.length > 0 ? error.refused : [type]) types.add(each);
    }
  }
  if (types.size > 0) throw refusal(missing, refused, types);
  return steps;
}

/** Checks the graph of an attribute. Its tensors are constants. */
function bodyOf(graph: OnnxGraph, opset: number): Body {
  const captures = outsideOf(graph);
  const outputs = graph.outputs.map(({ name }) => name);
  const { nodes } = neededFor(outputs, makersOf(graph), new Set(captures));
  return {
    inputs: graph.inputs.map(({ name }) => name),
    outputs,
    captures,
    steps: stepsOf(nodes, opset),
    constants: new Map(graph.initializers.map((tensor) => [tensor.name, constantOf(tensor)])),
  };
}

function inputsOf(
  model: OnnxModel,
  open: ReadonlySet<string>,
  { inputs }: ImportOnnxOptions,
): OnnxValue[] {
  const names = inputs ?? model.inputs.map(({ name }) => name).filter((name) => open.has(name));
  const missing = [...open].find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw cannotImport(`the outputs also depend on the input ${quoteName(missing)}: name it too`);
  }
  return names.map((name) => {
    if (!open.has(name)) throw cannotImport(`no output depends on the input ${quoteName(name)}`);
    const value = model.inputs.find((other) => other.name === name) ??
      { name, dtype: "f32" as const, shape: ["..."] };
    if (!narrow.has(value.dtype)) return value;
    throw cannotImport(
      `inputs must be f32, i32, u32, u8, bool, or of a type that is computed in one of them ` +
        `(f16, bf16, f64, i64): current type of ${quoteName(name)} is ${value.dtype}`,
    );
  });
}

/**
 * The roles of the tensors that are used. Floating-point tensors with at least one axis are
 * parameters, unless an operator needs to know their values, or keeps statistics in them.
 */
function tensorsOf(
  { initializers }: OnnxModel,
  { nodes, outputs, constants }: {
    readonly nodes: readonly OnnxNode[];
    readonly outputs: readonly string[];
    readonly constants: readonly string[];
  },
): Program["tensors"] {
  const unknown = constants.find((name) => !initializers.some((tensor) => tensor.name === name));
  if (unknown !== undefined) {
    throw cannotImport(`no tensor of the file is called ${quoteName(unknown)}`);
  }
  const known = new Set(constants);
  const statistics = new Set<string>();
  const used = new Set(outputs);
  for (const { op, inputs } of allNodes(nodes)) {
    const row = rowFor(op);
    for (const name of inputs) used.add(name);
    for (const at of row?.known ?? []) known.add(inputs[at] ?? "");
    for (const at of row?.statistics ?? []) statistics.add(inputs[at] ?? "");
  }
  const roleOf = (tensor: OnnxInitializer): Role => {
    const { name, shape } = tensor;
    if (!isFloat(tensor) || shape.length === 0 || known.has(name)) return "constant";
    return statistics.has(name) ? "statistics" : "parameter";
  };
  return initializers.filter(({ name }) => used.has(name))
    .map((tensor) => ({ tensor, role: roleOf(tensor) }));
}
