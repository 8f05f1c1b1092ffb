import { arange, concat, scan, stack, type Tensor, where, zeros } from "../../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  DTypeError,
  formatType,
  numberIn,
  optional,
  type OptionRules,
  positiveWhole,
  sameShape,
  type Shape,
  ShapeError,
  trueOrFalse,
} from "../../graph/mod.ts";
import { inputsOf, mustBeContext, mustBeTensor } from "../_input.ts";
import { Dropout } from "../dropout.ts";
import { type ForwardContext, inference, Module, type ParameterSpec } from "../module.ts";
import {
  nextState,
  projectInput,
  type RecurrentStep,
  type RecurrentWeights,
  weightSpecs,
} from "./step.ts";

/** Options for `RNN`, `LSTM`, and `GRU`. */
export interface RecurrentOptions {
  /** Number of layers; each takes the outputs of the one below. Default: 1. */
  readonly numLayers?: number;
  /** Whether each layer also runs from the last step to the first. Default: false. */
  readonly bidirectional?: boolean;
  /** Whether sequences are [batch, steps, …] instead of [steps, batch, …]. Default: false. */
  readonly batchFirst?: boolean;
  /** Probability that an output of a layer below another is dropped in training. Default: 0. */
  readonly dropout?: number;
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean;
}

/** The rules of `RecurrentOptions`. */
export const recurrentRules: OptionRules<RecurrentOptions> = {
  numLayers: optional(positiveWhole),
  bidirectional: optional(trueOrFalse),
  batchFirst: optional(trueOrFalse),
  dropout: optional(numberIn("[0, 1)")),
  bias: optional(trueOrFalse),
};

/** Inputs of a recurrent layer; a tensor alone is `x`. */
export interface SequenceInputs<State> {
  /** f32 [steps, batch, inputSize], or [batch, steps, inputSize] with `batchFirst`. */
  readonly x: Tensor;
  /** The state before the first step. Default: zeros. */
  readonly state?: State;
  /**
   * i32 [batch]: the number of steps of each sequence, for sequences that are padded. Steps after
   * it leave the state as it is, and their outputs are 0. Default: all steps.
   */
  readonly lengths?: Tensor;
}

/** Outputs of a recurrent layer. */
export interface SequenceOutput<State> {
  /** f32 like `x`, with the last axis hiddenSize, or 2 · hiddenSize if bidirectional. */
  readonly output: Tensor;
  /** The state after the last step of each sequence. */
  readonly state: State;
}

/** Base class of `RNN`, `LSTM`, and `GRU`: layers of loops over steps; see `scan`. */
export abstract class Recurrent<State> extends Module<
  Tensor | SequenceInputs<State>,
  SequenceOutput<State>
> {
  /** Size of the last axis of the input. */
  readonly inputSize: number;
  /** Size of the state of a step. */
  readonly hiddenSize: number;
  /** Number of layers. */
  readonly numLayers: number;
  /** Whether each layer runs in both directions. */
  readonly bidirectional: boolean;
  /** Whether the first axis of sequences is the batch. */
  readonly batchFirst: boolean;
  /** Drops outputs between layers. */
  readonly dropout: Dropout;
  readonly #hasBias: boolean;
  readonly #step: RecurrentStep<State>;

  /** A stack of layers that all take the same step. */
  constructor(
    step: RecurrentStep<State>,
    { inputSize, hiddenSize }: { readonly inputSize: number; readonly hiddenSize: number },
    options: RecurrentOptions,
  ) {
    super();
    const action = `make ${new.target.name}`;
    checkOption(action, { inputSize, hiddenSize }, positiveWhole);
    checkOptions(action, options, recurrentRules);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    this.bidirectional = options.bidirectional ?? false;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = new Dropout(options.dropout ?? 0);
    this.#hasBias = options.bias ?? true;
    this.#step = step;
  }

  /** Shapes of the parameters: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, …. */
  protected override parameterSpecs(): Readonly<Record<string, ParameterSpec>> {
    const { hiddenSize } = this;
    const bias = this.#hasBias;
    const specs = this.#runs().map(({ layer, suffix }) => {
      const inputSize = layer === 0 ? this.inputSize : this.#directions * hiddenSize;
      return weightSpecs(this.#step, { inputSize, hiddenSize, bias, suffix });
    });
    return Object.assign({}, ...specs);
  }

  /**
   * Runs all layers.
   * @throws {ShapeError} or `DTypeError` if an input has another shape or type
   * @throws {GraphError} if `context.counter` is missing in training with dropout
   */
  override forward(
    inputs: Tensor | SequenceInputs<State>,
    context: ForwardContext = inference,
  ): SequenceOutput<State> {
    mustBeContext(context, this.label);
    const { x, state, lengths } = inputsOf(inputs, "x", this.label);
    const sequence = this.#sequenceOf(x);
    const [steps, batch] = sequence.shape as [number, number];
    const initial = this.#initialStates(state, batch);
    const isThere = lengths && this.#maskOf(lengths, steps, batch);
    const last: (readonly Tensor[])[] = [];
    let below = sequence;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) below = this.dropout.forward(below, context);
      const runs = this.#runs().filter((run) => run.layer === layer);
      const results = runs.map((run) => this.#run(below, run, { initial, isThere }));
      below = results.length === 1 ? results[0]!.output : concat(results.map((r) => r.output), 2);
      last.push(...results.map(({ states }) => states));
    }
    const output = this.batchFirst ? below.permute([1, 0, 2]) : below;
    const states = initial.map((_, i) => stack(last.map((each) => each[i]!)));
    return { output: output.named(this.label), state: this.#step.pack(states) };
  }

  get #directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** Layers and directions, in the order of the states. */
  #runs(): { layer: number; reverse: boolean; index: number; suffix: string }[] {
    return Array.from({ length: this.numLayers * this.#directions }, (_, index) => {
      const layer = Math.floor(index / this.#directions);
      const reverse = index % this.#directions === 1;
      return { layer, reverse, index, suffix: `_l${layer}${reverse ? "_reverse" : ""}` };
    });
  }

  /** Runs one layer in one direction over x [steps, batch, inputs]. */
  #run(
    x: Tensor,
    { reverse, index, suffix }: { reverse: boolean; index: number; suffix: string },
    { initial, isThere }: { initial: readonly Tensor[]; isThere: Tensor | undefined },
  ): { readonly output: Tensor; readonly states: readonly Tensor[] } {
    const weights = this.#weights(suffix);
    const [steps, batch, inputs] = x.shape as [number, number, number];
    const rows = projectInput(x.reshape([steps * batch, inputs]), this.#step, weights);
    const init = initial.map((all) =>
      all.slice([index, 0, 0], [1, batch, this.hiddenSize]).reshape([batch, this.hiddenSize])
    );
    const input = rows.reshape([steps, batch, this.#step.gates * this.hiddenSize]);
    const xs = isThere ? [input, isThere] : [input];
    const [states, output] = scan(
      (state: readonly Tensor[], [input, keep]: readonly Tensor[]) => {
        const next = nextState(this.#step, input!, state, weights);
        if (!keep) return [next, next[0]!];
        const mask = keep.reshape([batch, 1]);
        return [next.map((each, i) => where(mask, each, state[i]!)), where(mask, next[0]!, 0)];
      },
      init as readonly Tensor[],
      xs as readonly Tensor[],
      { reverse },
    );
    return { states, output };
  }

  #weights(suffix: string): RecurrentWeights {
    const weight = (name: string) => this.parameter(`${name}${suffix}`);
    return {
      input: weight("weight_ih"),
      hidden: weight("weight_hh"),
      biases: this.#hasBias ? [weight("bias_ih"), weight("bias_hh")] : undefined,
    };
  }

  /** x as [steps, batch, inputs]. */
  #sequenceOf(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    const form = this.batchFirst ? "batch, steps" : "steps, batch";
    this.#mustBe(
      x,
      "f32",
      [...x.shape.slice(0, 2), this.inputSize],
      `[${form}, ${this.inputSize}]`,
    );
    return this.batchFirst ? x.permute([1, 0, 2]) : x;
  }

  #initialStates(state: State | undefined, batch: number): Tensor[] {
    const shape = [this.numLayers * this.#directions, batch, this.hiddenSize];
    if (state === undefined) {
      return Array.from({ length: this.#step.states }, () => zeros(shape));
    }
    const states = this.#step.unpack(state);
    for (const each of states) {
      mustBeTensor(each, this.label);
      this.#mustBe(each, "f32", shape, `[${shape.join(", ")}] (layers and directions first)`);
    }
    return states;
  }

  /** bool [steps, batch]: whether a sequence has this step. */
  #maskOf(lengths: Tensor, steps: number, batch: number): Tensor {
    mustBeTensor(lengths, this.label);
    this.#mustBe(lengths, "i32", [batch], `[${batch}], the lengths`);
    return arange(steps).reshape([steps, 1]).less(lengths.reshape([1, batch]));
  }

  #mustBe(x: Tensor, dtype: "f32" | "i32", shape: Shape, text: string): void {
    if (!sameShape(x.shape, shape) || x.rank !== shape.length) {
      throw new ShapeError(
        `Cannot apply "${this.label}": a value must have the shape ${text}: current type is ${
          formatType(x.node.type)
        }`,
      );
    }
    if (x.dtype === dtype) return;
    throw new DTypeError(
      `Cannot apply "${this.label}": a value must be ${dtype}: current type is ${
        formatType(x.node.type)
      }`,
    );
  }
}
