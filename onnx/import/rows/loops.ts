/** Rows of loops, whose body is a graph: see `scan`. */
import { arange, scan, type Tensor, tensor } from "../../../autograd/mod.ts";
import { MOST_POSITIONS, type Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { type Body, type Row, row } from "../row.ts";
import { knownElements } from "../values.ts";
import { mustBeSteady } from "./bodies.ts";

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

/** What to do about a Loop that a condition ends, as every loop of a plan has a known length. */
const FIXED_LENGTH =
  "the number of steps must be known before the model runs: export a loop of a " +
  "fixed length, whose states stay as they are (Where) from the step on at which it would end";

/** How a Loop is divided: its own inputs are the trip count, the condition, and the states. */
interface LoopParts {
  readonly body: Body;
  /** Number of inputs that are not captured by the body. */
  readonly own: number;
  readonly states: number;
}

/** Checks what is known of a Loop before the model runs. */
function partsOf(operator: Operator, body: Body): LoopParts {
  const { inputs } = operator.node;
  const own = inputs.length - body.captures.length;
  if (own < 2) {
    throw operator.refuse(
      `it must have inputs for the trip count and the condition: current has ${own} inputs`,
    );
  }
  const states = own - 2;
  if (body.inputs.length !== states + 2 || body.outputs.length <= states) {
    throw operator.refuse(
      `the body must have inputs for the iteration, the condition, and each of the ${states} ` +
        `states, and return the condition and each state: current body has ` +
        `${body.inputs.length} inputs and ${body.outputs.length} outputs`,
    );
  }
  if (inputs[0] === "") {
    throw operator.refuse(`it must have a trip count: current has none: ${FIXED_LENGTH}`);
  }
  const varying = body.inputs.filter((_, i) => i !== 1);
  if (dependsOn(body, varying)) {
    throw operator.refuse(
      "its body must return a condition that is always true: current condition is computed from " +
        `its states or the number of the iteration: ${FIXED_LENGTH}`,
    );
  }
  return { body, own, states };
}

/** Whether the first output of a body depends on one of these values. */
function dependsOn({ steps, outputs }: Body, values: readonly string[]): boolean {
  const found = new Set(values);
  for (const { operator: { node } } of steps) {
    if (node.inputs.some((name) => found.has(name))) {
      node.outputs.forEach((name) => found.add(name));
    }
  }
  return found.has(outputs[0]!);
}

/** The trip count of a Loop, which is 0 if its condition is false from the start. */
function tripsOf(operands: Operands): number {
  const starts = operands.maybeNumber(1) ?? 1;
  const trips = starts === 0 ? 0 : Math.max(0, operands.number(0));
  if (trips <= MOST_POSITIONS) return trips;
  throw operands.refuse(
    `it must run at most ${MOST_POSITIONS} times: current trip count is ${trips}: ${FIXED_LENGTH}`,
  );
}

const loopRow: Row = row((operator, bodyOf) => {
  const { body, own, states } = partsOf(operator, bodyOf(operator.graph("body")));
  return (operands, run) => {
    mustBeSteady(body, operands);
    const always = tensor(Uint8Array.of(1), [], "bool");
    const init = Array.from({ length: states }, (_, i) => operands.at(2 + i));
    const captured = body.captures.map((_, i) => operands.at(own + i));
    const [last, stacked] = scan(
      (state: readonly Tensor[], iteration: Tensor) => {
        const [condition, ...values] = run(body, [iteration, always, ...state], captured);
        const known = knownElements(condition!);
        if (known?.length !== 1 || known[0] === 0) {
          throw operands.refuse(
            `the condition that its body returns must always be true: ${FIXED_LENGTH}`,
          );
        }
        return [values.slice(0, states), values.slice(states)];
      },
      init as readonly Tensor[],
      arange(tripsOf(operands)),
    );
    return [...last, ...stacked];
  };
}, { known: [0, 1] });

function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return x.permute(order.toSpliced(to, 0, from));
}

/** The rows, by operator. */
export const loops = { Scan: scanRow, Loop: loopRow } as const satisfies Readonly<
  Record<string, Row>
>;
