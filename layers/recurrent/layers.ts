import type { Tensor } from "../../autograd/mod.ts";
import { checkOptions, oneOf, optional, type OptionRules } from "../../graph/mod.ts";
import { Recurrent, type RecurrentOptions, recurrentRules } from "./recurrent.ts";
import { gruStep, type LSTMState, lstmStep, rnnStep } from "./step.ts";

/** Options for `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** The function of a step. Default: "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

const rnnRules: OptionRules<RNNOptions> = {
  ...recurrentRules,
  nonlinearity: optional(oneOf(["tanh", "relu"])),
};

/**
 * Recurrent network of Elman, as PyTorch's `RNN`:
 *
 *     h′ = tanh(x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh)
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [steps, batch, inputSize] |
 * | `state` | f32 | [numLayers · directions, batch, hiddenSize] |
 * | `lengths` | i32 | [batch] |
 * | `weight_ih_l0` | f32 | [hiddenSize, inputSize] |
 * | `weight_hh_l0` | f32 | [hiddenSize, hiddenSize] |
 * | `bias_ih_l0`, `bias_hh_l0` | f32 | [hiddenSize] |
 * | returns `output` | f32 | [steps, batch, directions · hiddenSize] |
 */
export class RNN extends Recurrent<Tensor> {
  /** Layers from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    checkOptions("make RNN", options, rnnRules);
    const { nonlinearity = "tanh", ...others } = options;
    super(rnnStep(nonlinearity), { inputSize, hiddenSize }, others);
  }
}

/**
 * Long short-term memory [Hochreiter and Schmidhuber 1997], as PyTorch's `LSTM`. With the gates
 * [i, f, g, o] = x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh:
 *
 *     c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g)
 *     h′ = σ(o) ⊙ tanh(c′)
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [steps, batch, inputSize] |
 * | `state.h`, `state.c` | f32 | [numLayers · directions, batch, hiddenSize] |
 * | `lengths` | i32 | [batch] |
 * | `weight_ih_l0` | f32 | [4 · hiddenSize, inputSize] |
 * | `weight_hh_l0` | f32 | [4 · hiddenSize, hiddenSize] |
 * | `bias_ih_l0`, `bias_hh_l0` | f32 | [4 · hiddenSize] |
 * | returns `output` | f32 | [steps, batch, directions · hiddenSize] |
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialize, LSTM, zeros } from "@gspace/gspace";
 *
 * const lstm = initialize(new LSTM(3, 8, { numLayers: 2, batchFirst: true }), { seed: 1 });
 * const { output, state } = lstm.forward(zeros([5, 100, 3]));
 * assertEquals(output.shape, [5, 100, 8]);
 * assertEquals(state.c.shape, [2, 5, 8]);
 * ```
 */
export class LSTM extends Recurrent<LSTMState> {
  /** Layers from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(lstmStep, { inputSize, hiddenSize }, options);
  }
}

/**
 * Gated recurrent unit [Cho et al. 2014], as PyTorch's `GRU`. With the gates [r, z, n] of
 * x · weight_ihᵀ + bias_ih and of h · weight_hhᵀ + bias_hh:
 *
 *     n′ = tanh(n_x + σ(r_x + r_h) ⊙ n_h)
 *     h′ = (1 − σ(z_x + z_h)) ⊙ n′ + σ(z_x + z_h) ⊙ h
 *
 * | value | dtype | shape |
 * | --- | --- | --- |
 * | `x` | f32 | [steps, batch, inputSize] |
 * | `state` | f32 | [numLayers · directions, batch, hiddenSize] |
 * | `lengths` | i32 | [batch] |
 * | `weight_ih_l0` | f32 | [3 · hiddenSize, inputSize] |
 * | `weight_hh_l0` | f32 | [3 · hiddenSize, hiddenSize] |
 * | `bias_ih_l0`, `bias_hh_l0` | f32 | [3 · hiddenSize] |
 * | returns `output` | f32 | [steps, batch, directions · hiddenSize] |
 */
export class GRU extends Recurrent<Tensor> {
  /** Layers from `inputSize` to `hiddenSize` features. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(gruStep, { inputSize, hiddenSize }, options);
  }
}
