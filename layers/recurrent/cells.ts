import { type Tensor, zeros } from "../../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  formatType,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  sameShape,
  ShapeError,
  trueOrFalse,
} from "../../graph/mod.ts";
import { inputsOf, mustBeTensor } from "../_input.ts";
import { Module, type ParameterSpec } from "../module.ts";
import {
  gruStep,
  type LSTMState,
  lstmStep,
  nextState,
  projectInput,
  type RecurrentStep,
  type RecurrentWeights,
  rnnStep,
  weightSpecs,
} from "./step.ts";

/** Options for `LSTMCell` and `GRUCell`. */
export interface CellOptions {
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean;
}

/** Options for `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** The function of the step. Default: "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

const cellRules: OptionRules<CellOptions> = { bias: optional(trueOrFalse) };
const rnnCellRules: OptionRules<RNNCellOptions> = {
  ...cellRules,
  nonlinearity: optional(oneOf(["tanh", "relu"])),
};

/** Inputs of a cell; a tensor alone is `x`. */
export interface CellInputs<State> {
  /** f32 [batch, inputSize]. */
  readonly x: Tensor;
  /** f32 [batch, hiddenSize] each. Default: zeros. */
  readonly state?: State;
}

/** Base class of `RNNCell`, `LSTMCell`, and `GRUCell`: one step, for loops of your own. */
export abstract class RecurrentCell<State> extends Module<Tensor | CellInputs<State>, State> {
  /** Size of the last axis of the input. */
  readonly inputSize: number;
  /** Size of the state. */
  readonly hiddenSize: number;
  readonly #hasBias: boolean;
  readonly #step: RecurrentStep<State>;

  /** A cell that takes this step. */
  constructor(
    step: RecurrentStep<State>,
    { inputSize, hiddenSize }: { readonly inputSize: number; readonly hiddenSize: number },
    options: CellOptions,
  ) {
    super();
    const action = `make ${new.target.name}`;
    checkOption(action, { inputSize, hiddenSize }, positiveWhole);
    checkOptions(action, options, cellRules);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.#hasBias = options.bias ?? true;
    this.#step = step;
  }

  /** Shapes of the parameters: `weight_ih`, `weight_hh`, `bias_ih`, and `bias_hh`. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { inputSize, hiddenSize } = this;
    return weightSpecs(this.#step, { inputSize, hiddenSize, bias: this.#hasBias, suffix: "" });
  }

  /**
   * The state after one step.
   * @throws {ShapeError} if an input has another shape
   */
  override forward(inputs: Tensor | CellInputs<State>): State {
    const { x, state } = inputsOf(inputs, "x", this.label);
    mustBeTensor(x, this.label);
    this.#mustBe(x, x.shape[0] ?? 0, this.inputSize);
    const [batch] = x.shape as [number];
    const states = state === undefined
      ? Array.from({ length: this.#step.states }, () => zeros([batch, this.hiddenSize]))
      : this.#step.unpack(state);
    for (const each of states) this.#mustBe(each, batch, this.hiddenSize);
    const weights = this.#weights;
    const input = projectInput(x, this.#step, weights);
    return this.#step.pack(nextState(this.#step, input, states, weights));
  }

  get #weights(): RecurrentWeights {
    const [input, hidden] = [this.parameter("weight_ih"), this.parameter("weight_hh")];
    if (!this.#hasBias) return { input, hidden, biases: undefined };
    return { input, hidden, biases: [this.parameter("bias_ih"), this.parameter("bias_hh")] };
  }

  #mustBe(x: Tensor, batch: number, size: number): void {
    mustBeTensor(x, this.label);
    if (sameShape(x.shape, [batch, size]) && x.dtype === "f32") return;
    throw new ShapeError(
      `Cannot apply "${this.label}": a value must be f32[batch, ${size}]: current type is ${
        formatType(x.node.type)
      }`,
    );
  }
}

/** One step of an `RNN`, as PyTorch's `RNNCell`. */
export class RNNCell extends RecurrentCell<Tensor> {
  /** A cell from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    checkOptions("make RNNCell", options, rnnCellRules);
    const { nonlinearity = "tanh", ...others } = options;
    super(rnnStep(nonlinearity), { inputSize, hiddenSize }, others);
  }
}

/** One step of an `LSTM`, as PyTorch's `LSTMCell`. */
export class LSTMCell extends RecurrentCell<LSTMState> {
  /** A cell from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(lstmStep, { inputSize, hiddenSize }, options);
  }
}

/** One step of a `GRU`, as PyTorch's `GRUCell`. */
export class GRUCell extends RecurrentCell<Tensor> {
  /** A cell from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(gruStep, { inputSize, hiddenSize }, options);
  }
}
