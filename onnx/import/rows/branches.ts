/** The row of If, whose branches are graphs. */
import { type Tensor, where } from "../../../autograd/mod.ts";
import { formatType, sameType } from "../../../graph/mod.ts";
import { OnnxError } from "../../errors.ts";
import type { OnnxGraph } from "../../file/model.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { joined } from "../refusal.ts";
import { type Body, type Row, row, type RunBody } from "../row.ts";
import { mustBeSteady } from "./bodies.ts";

/** Checks both branches, so that one error names all operators that are not supported. */
function branchesOf(
  operator: Operator,
  bodyOf: (graph: OnnxGraph) => Body,
): readonly [taken: Body, other: Body] {
  const refused: OnnxError[] = [];
  const [taken, other] = ["then_branch", "else_branch"].map((name) => {
    try {
      return bodyOf(operator.graph(name));
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
      refused.push(error);
    }
  });
  if (!taken || !other) throw joined(refused, operator.node.op);
  const own = operator.node.inputs.length - new Set([...taken.captures, ...other.captures]).size;
  const inputs = taken.inputs.length + other.inputs.length;
  const counts = [taken, other].map(({ outputs }) => outputs.length);
  if (own !== 1 || inputs > 0 || counts[0] !== counts[1]) {
    throw operator.refuse(
      "it must have one input, and two branches without inputs and with as many outputs: current " +
        `has ${own} inputs, and its branches ${inputs}, and ${counts.join(" and ")} outputs`,
    );
  }
  return [taken, other];
}

/** A value of both branches: `yes` where the condition is true. */
function chosen(
  condition: Tensor,
  { yes, no }: { readonly yes: Tensor; readonly no: Tensor },
  operands: Operands,
): Tensor {
  if (sameType(yes.node.type, no.node.type)) return where(condition, yes, no);
  throw operands.refuse(
    "both branches must return values of the same types, unless the condition is known before the " +
      `model runs: current are ${formatType(yes.node.type)} and ${formatType(no.node.type)}`,
  );
}

const ifRow: Row = row((operator, bodyOf) => {
  const bodies = branchesOf(operator, bodyOf);
  const { inputs } = operator.node;
  return (operands, run: RunBody) => {
    const results = (body: Body) =>
      run(body, [], body.captures.map((name) => operands.at(inputs.indexOf(name, 1))));
    if (operands.ifKnown(0)) return results(bodies[operands.number(0) === 0 ? 1 : 0]);
    bodies.forEach((body) => mustBeSteady(body, operands));
    const condition = operands.at(0).reshape([]);
    const [taken, other] = bodies.map(results) as [Tensor[], Tensor[]];
    return taken.map((yes, i) => chosen(condition, { yes, no: other[i]! }, operands));
  };
});

/** The rows, by operator. */
export const branches = { If: ifRow } as const satisfies Readonly<Record<string, Row>>;
