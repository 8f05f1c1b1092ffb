import type { Tensor } from "../../autograd/mod.ts";
import type { ParameterSpec } from "../module.ts";

/** What distinguishes a kind of recurrent layer: one step of it. */
export interface RecurrentStep<State> {
  /** Number of gates: the rows of a weight are [gates · hiddenSize]. */
  readonly gates: number;
  /** Number of tensors of the state; the first is the output of the step. */
  readonly states: number;
  /**
   * Whether the bias of the recurrent product is only added, so that it can be added to the input's
   * product, before the loop.
   */
  readonly addsBias: boolean;
  /**
   * The next state. `input` is x · weight_ihᵀ with its biases, and `recurrent` is h · weight_hhᵀ,
   * with its bias unless `addsBias`: both [batch, gates · hiddenSize].
   */
  next(input: Tensor, recurrent: Tensor, state: readonly Tensor[]): Tensor[];
  /** The tensors of a state, the output first. */
  unpack(state: State): Tensor[];
  /** The state of these tensors. */
  pack(states: readonly Tensor[]): State;
}

/** The state of an `LSTM`: f32 [numLayers · directions, batch, hiddenSize] each. */
export interface LSTMState {
  /** The hidden state, which is the output of the last step. */
  readonly h: Tensor;
  /** The cell state. */
  readonly c: Tensor;
}

/** A state of one tensor. */
const single: Pick<RecurrentStep<Tensor>, "states" | "unpack" | "pack"> = {
  states: 1,
  unpack: (state) => [state],
  pack: ([h]) => h!,
};

/** Gate number `i` of [batch, gates · size]. */
function gate(all: Tensor, i: number, size: number): Tensor {
  return all.slice([0, i * size], [all.shape[0]!, size]);
}

/** h′ = tanh(input + recurrent), or with ReLU. */
export function rnnStep(nonlinearity: "tanh" | "relu"): RecurrentStep<Tensor> {
  return {
    ...single,
    gates: 1,
    addsBias: true,
    next: (input, recurrent) => {
      const sum = input.add(recurrent);
      return [nonlinearity === "relu" ? sum.relu() : sum.tanh()];
    },
  };
}

/** Gates i, f, g, o: c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g), h′ = σ(o) ⊙ tanh(c′). */
export const lstmStep: RecurrentStep<LSTMState> = {
  gates: 4,
  states: 2,
  unpack: ({ h, c }) => [h, c],
  pack: ([h, c]) => ({ h: h!, c: c! }),
  addsBias: true,
  next: (input, recurrent, [, cell]) => {
    const size = cell!.shape[1]!;
    const sum = input.add(recurrent);
    const [i, f, g, o] = [0, 1, 2, 3].map((part) => gate(sum, part, size)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const next = f.sigmoid().mul(cell!).add(i.sigmoid().mul(g.tanh()));
    return [o.sigmoid().mul(next.tanh()), next];
  },
};

/** Gates r, z, n: h′ = (1 − σ(z)) ⊙ n + σ(z) ⊙ h, where n = tanh(n_x + σ(r) ⊙ n_h). */
export const gruStep: RecurrentStep<Tensor> = {
  ...single,
  gates: 3,
  addsBias: false,
  next: (input, recurrent, [hidden]) => {
    const size = hidden!.shape[1]!;
    const parts = (all: Tensor) => [0, 1, 2].map((part) => gate(all, part, size));
    const [[rx, zx, nx], [rh, zh, nh]] = [parts(input), parts(recurrent)];
    const reset = rx!.add(rh!).sigmoid();
    const update = zx!.add(zh!).sigmoid();
    const proposed = nx!.add(reset.mul(nh!)).tanh();
    return [update.rsub(1).mul(proposed).add(update.mul(hidden!))];
  },
};

/** Weights of one layer and direction. */
export interface RecurrentWeights {
  /** f32 [gates · hiddenSize, inputs]. */
  readonly input: Tensor;
  /** f32 [gates · hiddenSize, hiddenSize]. */
  readonly hidden: Tensor;
  /** f32 [gates · hiddenSize] each; `undefined` without biases. */
  readonly biases: readonly [input: Tensor, hidden: Tensor] | undefined;
}

/** Specifications of the weights, as in PyTorch: uniform in ±1/√hiddenSize. */
export function weightSpecs(
  { gates }: RecurrentStep<unknown>,
  { inputSize, hiddenSize, bias, suffix }: {
    readonly inputSize: number;
    readonly hiddenSize: number;
    readonly bias: boolean;
    readonly suffix: string;
  },
): Record<string, ParameterSpec> {
  const rows = gates * hiddenSize;
  const spec = (...shape: number[]): ParameterSpec => ({ shape, fanIn: hiddenSize });
  return {
    [`weight_ih${suffix}`]: spec(rows, inputSize),
    [`weight_hh${suffix}`]: spec(rows, hiddenSize),
    ...(bias && { [`bias_ih${suffix}`]: spec(rows), [`bias_hh${suffix}`]: spec(rows) }),
  };
}

/** x · weight_ihᵀ with the biases that can be added before the loop, for rows x [rows, inputs]. */
export function projectInput(
  x: Tensor,
  step: RecurrentStep<unknown>,
  weights: RecurrentWeights,
): Tensor {
  const product = x.matmul(weights.input.transpose());
  if (!weights.biases) return product;
  const [input, hidden] = weights.biases;
  const sum = product.add(input); // one after the other, so that passes see two biases
  return step.addsBias ? sum.add(hidden) : sum;
}

/** The next state after a step, from a projected input. */
export function nextState(
  step: RecurrentStep<unknown>,
  input: Tensor,
  state: readonly Tensor[],
  { hidden, biases }: RecurrentWeights,
): Tensor[] {
  const product = state[0]!.matmul(hidden.transpose());
  const recurrent = biases && !step.addsBias ? product.add(biases[1]) : product;
  return step.next(input, recurrent, state);
}
