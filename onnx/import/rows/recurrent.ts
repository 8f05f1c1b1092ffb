/** Rows of RNN, LSTM, and GRU: one loop per direction; see `scan`. */
import { arange, scan, stack, type Tensor, where, zeros } from "../../../autograd/mod.ts";
import type { Operands } from "../operands.ts";
import type { Operator } from "../operator.ts";
import { type Row, row } from "../row.ts";

/** Weights of one direction, with the gates in ONNX's order. */
interface Weights {
  /** f32 [hidden, gates · hidden]: the recurrent weight, transposed. */
  readonly recurrent: Tensor;
  /** f32 [gates · hidden]: the bias of the recurrent product. */
  readonly bias: Tensor;
  /** f32 [3 · hidden]: weights of the cell in the gates of an LSTM. */
  readonly peepholes: Tensor | undefined;
}

/** The next state, the output first. `input`: x · Wᵀ with its bias, [batch, gates · hidden]. */
type Cell = (input: Tensor, state: readonly Tensor[], weights: Weights) => Tensor[];

/** A kind of recurrent operator. */
interface Kind {
  readonly gates: number;
  readonly states: number;
  /** The activations of a direction that are supported; the first are those by default. */
  readonly activations: readonly (readonly string[])[];
  /** Reads further attributes. */
  cell(operator: Operator, activations: readonly string[]): Cell;
}

/** Gate `i` of the last axis. */
function gate(all: Tensor, i: number, gates: number): Tensor {
  const size = all.shape.at(-1)! / gates;
  return all.narrow(-1, i * size, size);
}

const lstm: Kind = {
  gates: 4,
  states: 2,
  activations: [["Sigmoid", "Tanh", "Tanh"]],
  cell: (operator) => {
    if (operator.flag("input_forget")) throw operator.refuse("input_forget is not supported");
    return (input, [hidden, cell], { recurrent, bias, peepholes }) => {
      const sum = input.add(hidden!.matmul(recurrent).add(bias));
      const look = (i: number, at: Tensor, state: Tensor) =>
        peepholes ? at.add(gate(peepholes, i, 3).mul(state)) : at;
      const i = look(0, gate(sum, 0, 4), cell!).sigmoid();
      const f = look(2, gate(sum, 2, 4), cell!).sigmoid();
      const next = f.mul(cell!).add(i.mul(gate(sum, 3, 4).tanh()));
      const o = look(1, gate(sum, 1, 4), next).sigmoid();
      return [o.mul(next.tanh()), next];
    };
  },
};

const gru: Kind = {
  gates: 3,
  states: 1,
  activations: [["Sigmoid", "Tanh"]],
  cell: (operator) => {
    const multipliesFirst = operator.flag("linear_before_reset");
    return (input, [hidden], { recurrent, bias }) => {
      const product = hidden!.matmul(recurrent).add(bias);
      const update = gate(input, 0, 3).add(gate(product, 0, 3)).sigmoid();
      const reset = gate(input, 1, 3).add(gate(product, 1, 3)).sigmoid();
      const through = multipliesFirst
        ? reset.mul(gate(product, 2, 3))
        : reset.mul(hidden!).matmul(gate(recurrent, 2, 3)).add(gate(bias, 2, 3));
      const proposed = gate(input, 2, 3).add(through).tanh();
      return [update.rsub(1).mul(proposed).add(update.mul(hidden!))];
    };
  },
};

const rnn: Kind = {
  gates: 1,
  states: 1,
  activations: [["Tanh"], ["Relu"]],
  cell: (_, [activation]) => (input, [hidden], { recurrent, bias }) => {
    const sum = input.add(hidden!.matmul(recurrent).add(bias));
    return [activation === "Relu" ? sum.relu() : sum.tanh()];
  },
};

/** The attributes that all three have. */
interface Options {
  readonly reverses: readonly boolean[];
  readonly isBatchFirst: boolean;
  /** Of one direction. */
  readonly activations: readonly string[];
}

function optionsOf(operator: Operator, { activations }: Kind): Options {
  const direction = operator.choice(
    "direction",
    ["forward", "reverse", "bidirectional"],
    "forward",
  );
  const reverses = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
  const forAll = (each: readonly string[]) => reverses.flatMap(() => each).join(", ");
  const given = operator.texts("activations")?.join(", ") ?? forAll(activations[0]!);
  const chosen = activations.find((each) => forAll(each) === given);
  if (!chosen) {
    const wanted = activations.map(forAll).join(" or ");
    throw operator.refuse(`activations must be ${wanted}: current are ${given}`);
  }
  if (operator.maybeFloat("clip") !== undefined) throw operator.refuse("clip is not supported");
  operator.maybeInt("hidden_size"); // the weights have it, too
  return { reverses, isBatchFirst: operator.flag("layout"), activations: chosen };
}

/** What one direction starts from. */
interface Direction {
  readonly index: number;
  readonly reverse: boolean;
  readonly mask: Tensor | undefined;
}

/** Runs one direction over x [steps, batch, inputs]. */
function runDirection(
  operands: Operands,
  x: Tensor,
  { gates, cell, initial }: {
    readonly gates: number;
    readonly cell: Cell;
    readonly initial: readonly Tensor[];
  },
  { index, reverse, mask }: Direction,
) {
  const own = (all: Tensor) => all.narrow(0, index, 1).reshape(all.shape.slice(1));
  const [steps, batch, inputs] = x.shape as [number, number, number];
  const recurrent = own(operands.at(2)).transpose();
  const rows = recurrent.shape[1]!;
  const biases = operands.maybe(3) ? own(operands.at(3)) : zeros([2 * rows]);
  const weights: Weights = {
    recurrent,
    bias: gate(biases, 1, 2),
    peepholes: gates === 4 && operands.maybe(7) ? own(operands.at(7)) : undefined,
  };
  const input = x.reshape([steps * batch, inputs]).matmul(own(operands.at(1)).transpose())
    .add(gate(biases, 0, 2)).reshape([steps, batch, rows]);
  const [states, output] = scan(
    (state: readonly Tensor[], [now, isThere]: readonly Tensor[]) => {
      const next = cell(now!, state, weights);
      if (!isThere) return [next, next[0]!];
      const column = isThere.reshape([batch, 1]);
      return [next.map((each, i) => where(column, each, state[i]!)), where(column, next[0]!, 0)];
    },
    initial.map(own) as readonly Tensor[],
    (mask ? [input, mask] : [input]) as readonly Tensor[],
    { reverse },
  );
  return { states, output };
}

/** bool [steps, batch]: whether a sequence has this step. */
function maskOf(lengths: Tensor | undefined, x: Tensor): Tensor | undefined {
  return lengths && arange(x.shape[0]!).reshape([-1, 1]).less(lengths.reshape([1, -1]));
}

/** Inputs: x, W, R, B, lengths, initial hidden state, and of an LSTM initial cell and peepholes. */
function recurrent(kind: Kind): Row {
  return row((operator) => {
    const { reverses, isBatchFirst, activations } = optionsOf(operator, kind);
    const cell = kind.cell(operator, activations);
    return (operands) => {
      const turned = (all: Tensor) => isBatchFirst ? all.permute([1, 0, 2]) : all;
      const x = turned(operands.at(0));
      const hidden = operands.at(2).shape[2]!;
      const initial = Array.from({ length: kind.states }, (_, i) => {
        const given = operands.maybe(5 + i);
        return given ? turned(given) : zeros([reverses.length, x.shape[1]!, hidden]);
      });
      const mask = maskOf(operands.maybe(4), x);
      const runs = reverses.map((reverse, index) =>
        runDirection(operands, x, { gates: kind.gates, cell, initial }, { index, reverse, mask })
      );
      const all = stack(runs.map(({ output }) => output), 1);
      const last = initial.map((_, i) => turned(stack(runs.map(({ states }) => states[i]!))));
      return [isBatchFirst ? all.permute([2, 0, 1, 3]) : all, ...last];
    };
  });
}

/** The rows, by operator. */
export const recurrences = {
  RNN: recurrent(rnn),
  LSTM: recurrent(lstm),
  GRU: recurrent(gru),
} as const satisfies Readonly<Record<string, Row>>;
