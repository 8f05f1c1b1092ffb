import { closeBody } from "../../graph/scan/close_body.ts";
import * as op from "../../graph/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import type { RefTensor } from "../reference/tensor.ts";
import { bool, f32, i32, type OpCase, type Sample } from "./op_case.ts";

/** What the body of a loop computes: the next state and an output. */
type Step<V> = (state: readonly V[], x: readonly V[]) => {
  readonly next: readonly V[];
  readonly output: V;
};

interface Loop {
  readonly init: readonly Node[];
  readonly xs: readonly Node[];
  readonly steps: number;
  readonly reverse?: boolean;
}

/** Builds a loop; the body may use nodes from outside. */
export function buildScan(
  { init, xs, steps, reverse = false }: Loop,
  body: Step<Node>,
): { readonly stacked: Node; final(carry: number): Node } {
  const carries = init.map(({ type }, k) => op.variable(`carry ${k}`, type));
  const slices = xs.map(({ type: { dtype, shape } }, k) =>
    op.input(`x ${k}`, { dtype, shape: shape.slice(1) })
  );
  const { next, output } = body(carries, slices);
  const closed = closeBody({ carries, slices, next, outputs: [output] });
  const { body: made, captured } = closed;
  const scan = op.scan({ init, xs, captured }, {
    body: made,
    steps,
    reverse,
    recompute: steps === 3,
  });
  return {
    stacked: op.scanStacked(scan, closed.outputs[0]!),
    final: (carry) => op.scanFinal(scan, carry),
  };
}

type Numbers = readonly number[];

/** Follows the loop with lists of numbers. */
function follow(
  init: readonly RefTensor[],
  xs: readonly RefTensor[],
  { steps, reverse, step }: { steps: number; reverse: boolean; step: Step<Numbers> },
): { readonly outputs: readonly Numbers[]; readonly last: readonly Numbers[] } {
  let state = init.map(({ data }) => data);
  const outputs = new Array<Numbers>(steps);
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const x = xs.map(({ shape, data }) => {
      const size = shape.slice(1).reduce((a, b) => a * b, 1);
      return data.slice(t * size, (t + 1) * size);
    });
    const { next, output } = step(state, x);
    outputs[t] = output;
    state = [...next];
  }
  return { outputs, last: state };
}

interface Recurrence {
  readonly derivative: OpCase["derivative"];
  /** States first, then stacked inputs, then what the body captures. */
  readonly inputs: readonly Sample[];
  readonly states: number;
  readonly stacked: number;
  readonly steps: number;
  readonly reverse?: boolean;
  body(captured: readonly Node[]): Step<Node>;
  reference(captured: readonly RefTensor[]): Step<Numbers>;
}

/** The same loop as a case of its outputs, and of its last state. */
function cases(recurrence: Recurrence): OpCase[] {
  const { inputs, states, stacked, steps, reverse = false, derivative } = recurrence;
  const parts = <V>(values: readonly V[]) => ({
    init: values.slice(0, states),
    xs: values.slice(states, states + stacked),
    captured: values.slice(states + stacked),
  });
  const build = (nodes: readonly Node[]) => {
    const { init, xs, captured } = parts(nodes);
    return buildScan({ init, xs, steps, reverse }, recurrence.body(captured));
  };
  const expected = (tensors: readonly RefTensor[]) => {
    const { init, xs, captured } = parts(tensors);
    return follow(init, xs, { steps, reverse, step: recurrence.reference(captured) });
  };
  const outputShape = (outputs: readonly Numbers[], shape: Shape): RefTensor => ({
    shape: [steps, ...shape],
    data: outputs.flat(),
  });
  const common = { inputs, derivative, terms: 64 };
  return [
    {
      ...common,
      op: "scanStacked",
      build: (...nodes) => build(nodes).stacked,
      reference: (...tensors) =>
        outputShape(
          expected(tensors).outputs,
          build(nodesLike(inputs)).stacked.type.shape.slice(1),
        ),
    },
    {
      ...common,
      op: "scanFinal",
      build: (...nodes) => build(nodes).final(0),
      reference: (...tensors) => ({ shape: inputs[0]!.shape, data: expected(tensors).last[0]! }),
    },
  ];
}

function nodesLike(inputs: readonly Sample[]): Node[] {
  return inputs.map(({ dtype, shape }, i) => op.input(`like ${i}`, { dtype, shape }));
}

const zip = (a: Numbers, b: Numbers, join: (x: number, y: number) => number): Numbers =>
  a.map((x, i) => join(x, b[i]!));

/** s ← s + x. The output is the state before. */
const sums = (shape: Shape, steps: number, reverse: boolean): Recurrence => ({
  derivative: "linear",
  inputs: [f32(shape), f32([steps, ...shape])],
  states: 1,
  stacked: 1,
  steps,
  reverse,
  body: () => ([s], [x]) => ({ next: [op.add(s!, x!)], output: s! }),
  reference: () => ([s], [x]) => ({ next: [zip(s!, x!, (a, b) => a + b)], output: s! }),
});

/** (a, b) ← (b, a + x): each takes the place of the other. The output is a·b. */
const swapped: Recurrence = {
  derivative: "smooth",
  inputs: [f32([3]), f32([3]), f32([4, 3])],
  states: 2,
  stacked: 1,
  steps: 4,
  body: () => ([a, b], [x]) => ({
    next: [b!, op.add(a!, x!)],
    output: op.mul(a!, b!),
  }),
  reference: () => ([a, b], [x]) => ({
    next: [b!, zip(a!, x!, (p, q) => p + q)],
    output: zip(a!, b!, (p, q) => p * q),
  }),
};

/** h ← tanh(x + h·U + c), with weights and a bias from outside. */
const recurrent = (batch: number, size: number, reverse: boolean): Recurrence => ({
  derivative: "smooth",
  inputs: [f32([batch, size]), f32([3, batch, size]), f32([size, size]), f32([size])],
  states: 1,
  stacked: 1,
  steps: 3,
  reverse,
  body: ([u, c]) => ([h], [x]) => {
    const bias = op.broadcastTo(c!, [batch, size]);
    const next = op.tanh(op.add(op.add(x!, op.matmul(h!, u!)), bias));
    return { next: [next], output: op.mul(next, next) };
  },
  reference: ([u, c]) => ([h], [x]) => {
    const next = x!.map((value, i) => {
      const [row, column] = [Math.floor(i / size), i % size];
      let sum = value + c!.data[column]!;
      for (let k = 0; k < size; k++) sum += h![row * size + k]! * u!.data[k * size + column]!;
      return Math.tanh(sum);
    });
    return { next: [next], output: zip(next, next, (p, q) => p * q) };
  },
});

/** h ← sums of h over pairs of rows; only a mask and a counter come from the steps. */
const masked: Recurrence = {
  derivative: "none",
  inputs: [i32([4], -5, 5), bool([5, 4]), i32([], 1, 4)],
  states: 1,
  stacked: 1,
  steps: 5,
  body: ([by]) => ([s], [keep]) => {
    const next = op.select(keep!, op.add(s!, op.broadcastTo(by!, [4])), s!);
    return { next: [next], output: op.cast(op.lessEqual(next, op.fullLike(next, 0)), "i32") };
  },
  reference: ([by]) => ([s], [keep]) => {
    const next = zip(s!, keep!, (value, flag) => flag ? value + by!.data[0]! : value);
    return { next: [next], output: next.map((value) => value <= 0 ? 1 : 0) };
  },
};

/** The state does not depend on the steps, and the output not on the state. */
const apart: Recurrence = {
  derivative: "linear",
  inputs: [f32([2, 2]), f32([3, 5])],
  states: 1,
  stacked: 1,
  steps: 3,
  body: () => ([s], [x]) => ({ next: [s!], output: op.reduceSum(x!, [0]) }),
  reference: () => ([s], [x]) => ({ next: [s!], output: [x!.reduce((a, b) => a + b, 0)] }),
};

/**
 * A loop in a loop, over the rows of a slice: the inner state starts from the outer one and becomes
 * the next one. The inner loop writes the output, unless it is computed from what that writes.
 */
const rows = (outer: number, inner: number, isDirect: boolean): Recurrence => ({
  derivative: "smooth",
  inputs: [f32([2]), f32([outer, inner, 2]), f32([2])],
  states: 1,
  stacked: 1,
  steps: outer,
  reverse: !isDirect,
  body: ([c]) => ([h], [rows]) => {
    const scale = op.sin(h!); // the same for the whole inner loop, and another one in each step
    const loop = buildScan(
      { init: [h!], xs: [rows!], steps: inner, reverse: isDirect },
      ([s], [row]) => {
        const next = op.tanh(op.add(op.mul(s!, c!), op.mul(row!, scale)));
        return { next: [next], output: op.mul(s!, next) };
      },
    );
    const output = isDirect ? loop.stacked : op.reduceSum(op.mul(loop.stacked, rows!), [0]);
    return { next: [loop.final(0)], output };
  },
  reference: ([c]) => ([h], [rows]) => {
    let s = h!;
    const scale = h!.map(Math.sin);
    const outputs = new Array<Numbers>(inner);
    for (let i = 0; i < inner; i++) {
      const t = isDirect ? inner - 1 - i : i;
      const row = zip(rows!.slice(2 * t, 2 * t + 2), scale, (a, b) => a * b);
      const next = zip(zip(s, c!.data, (a, b) => a * b), row, (a, b) => Math.tanh(a + b));
      outputs[t] = zip(s, next, (a, b) => a * b);
      s = next;
    }
    const sums = [0, 1].map((k) =>
      outputs.reduce((sum, output, t) => sum + output[k]! * rows![2 * t + k]!, 0)
    );
    return { next: [s], output: isDirect ? outputs.flat() : sums };
  },
});

/** An inner loop with a state of its own and no slices, in a loop in a loop. */
const deep: Recurrence = {
  derivative: "smooth",
  inputs: [f32([]), f32([2, 3])],
  states: 1,
  stacked: 1,
  steps: 2,
  body: () => ([h], [xs]) => {
    const middle = buildScan({ init: [h!], xs: [xs!], steps: 3 }, ([g], [x]) => {
      const inner = buildScan(
        { init: [op.full(1, []), op.cast(op.full(0, []), "i32")], xs: [], steps: 4 },
        ([s, n]) => {
          const sum = op.add(op.mul(s!, x!), op.mul(g!, op.cast(n!, "f32")));
          const next = op.tanh(op.mul(sum, op.full(0.25, [])));
          return { next: [next, op.add(n!, op.cast(op.full(1, []), "i32"))], output: next };
        },
      );
      const next = op.add(inner.final(0), op.reduceSum(inner.stacked, [0]));
      return { next: [op.sin(next)], output: op.mul(next, g!) };
    });
    return { next: [middle.final(0)], output: middle.stacked };
  },
  reference: () => ([h], [xs]) => {
    let [g] = h as [number];
    const output = xs!.map((x) => {
      let [s, sum] = [1, 0];
      for (let n = 0; n < 4; n++) {
        s = Math.tanh((s * x + g * n) / 4);
        sum += s;
      }
      const found = (s + sum) * g;
      g = Math.sin(s + sum);
      return found;
    });
    return { next: [[g]], output };
  },
};

/** Loops: their outputs, and their last state. */
export const scanCases: readonly OpCase[] = [
  sums([3], 4, false),
  sums([3], 4, true),
  sums([], 1, false),
  sums([2, 3], 33, true),
  sums([5], 0, false),
  sums([0], 3, false),
  swapped,
  recurrent(1, 1, false),
  recurrent(2, 5, false),
  recurrent(3, 8, true),
  masked,
  apart,
  rows(2, 3, true),
  rows(3, 4, false),
  rows(3, 1, true),
  rows(1, 3, false),
  rows(2, 0, true),
  rows(0, 2, false),
  deep,
].flatMap(cases);
