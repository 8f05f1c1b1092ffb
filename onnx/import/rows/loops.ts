/** Rows of loops, whose body is a graph: see `scan`. */
import { scan, type Tensor } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { type Body, type Row, row } from "../row.ts";

/** Operators that keep statistics or draw numbers in training, which a body cannot. */
const trained: ReadonlySet<string> = new Set(["BatchNormalization", "Dropout"]);

/** How a Scan reads its stacked inputs, or writes its stacked results. */
interface Stacks {
  /** The axis of the steps, for each tensor. */
  readonly axes: readonly number[];
  /** Whether the steps run from the last to the first, for each tensor. */
  readonly reverses: readonly boolean[];
}

function stacksOf(operator: Operator, kind: "input" | "output", count: number): Stacks {
  const list = (name: string) => {
    const given = operator.ints(`scan_${kind}_${name}`) ?? new Array<number>(count).fill(0);
    if (given.length === count) return given;
    throw operator.refuse(`there must be ${count} scan_${kind}_${name}: current are ${given}`);
  };
  return { axes: list("axes"), reverses: list("directions").map((direction) => direction !== 0) };
}

/** Checks the body of an operator, of which the last `count` inputs are slices. */
function checked(body: Body, operator: Operator, count: number): Body {
  const given = operator.node.inputs.length - body.captures.length;
  const states = body.inputs.length - count;
  if (count > 0 && states >= 0 && given === body.inputs.length && states <= body.outputs.length) {
    return body;
  }
  throw operator.refuse(
    `the body must have an input for each of the ${given} inputs of the operator, and return each ` +
      `state: current body has ${body.inputs.length} inputs and ${body.outputs.length} outputs`,
  );
}

const scanRow: Row = row((operator, bodyOf) => {
  if (operator.opset < 9) {
    throw operator.refuse("loops over sequences of a batch are not supported");
  }
  const count = operator.int("num_scan_inputs");
  const body = checked(bodyOf(operator.graph("body")), operator, count);
  const states = body.inputs.length - count;
  const inputs = stacksOf(operator, "input", count);
  const results = stacksOf(operator, "output", body.outputs.length - states);
  return (operands, run) => {
    mustBeSteady(body, operands);
    const all = operands.all();
    const [reverse] = inputs.reverses as [boolean];
    const xs = all.slice(states, body.inputs.length).map((x, i) => {
      const moved = moveAxis(x, operands.axis(inputs.axes[i]!, x.rank), 0);
      return inputs.reverses[i] === reverse ? moved : moved.flip(0);
    });
    const captured = all.slice(body.inputs.length);
    const [last, stacked] = scan(
      (state: readonly Tensor[], slices: readonly Tensor[]) => {
        const values = run(body, [...state, ...slices], captured);
        return [values.slice(0, states), values.slice(states)];
      },
      all.slice(0, states) as readonly Tensor[],
      xs as readonly Tensor[],
      { reverse },
    );
    const outputs = stacked.map((y, i) => {
      const turned = results.reverses[i] === reverse ? y : y.flip(0);
      return moveAxis(turned, 0, operands.axis(results.axes[i]!, y.rank));
    });
    return [...last, ...outputs];
  };
});

function mustBeSteady({ steps }: Body, operands: Operands): void {
  const bad = steps.find(({ operator }) => trained.has(operator.node.op));
  if (bad && operands.context.training) {
    throw operands.refuse(`its body must not contain ${bad.operator.label} in training`);
  }
}

function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return x.permute(order.toSpliced(to, 0, from));
}

/** The rows, by operator. */
export const loops = { Scan: scanRow } as const satisfies Readonly<Record<string, Row>>;
