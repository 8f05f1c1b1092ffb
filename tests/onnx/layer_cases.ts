/** A case of every layer that ONNX files are made of, beside the models of tests/cases/models.ts. */
import type { Tensor } from "../../autograd/mod.ts";
import * as layers from "../../layers/mod.ts";
import type { AnyModule, RecurrentCell } from "../../layers/mod.ts";
import type { OnnxInput, OnnxOutputs } from "../../onnx/mod.ts";

/** An input of samples. Integers are drawn from 0 to below this number. */
export type CaseInput = Omit<OnnxInput, "batched"> & { readonly below?: number };

/** A layer, and how it maps tensors by name to tensors. */
export interface LayerCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  make(): {
    readonly layer: AnyModule;
    forward(inputs: Readonly<Record<string, Tensor>>): OnnxOutputs;
  };
}

type OneToOne = AnyModule & { forward(x: Tensor): Tensor };

/** A layer that takes a tensor and returns one. */
function plain(make: () => OneToOne, sampleShape: readonly number[], own?: string): LayerCase {
  const name = own ?? make().constructor.name;
  return {
    name,
    inputs: { x: { sampleShape } },
    make: () => {
      const layer = make();
      return { layer, forward: ({ x }) => layer.forward(x!) };
    },
  };
}

const mask = (positions: number): CaseInput => ({ sampleShape: [positions], dtype: "bool" });
const rows = (...sampleShape: readonly number[]): CaseInput => ({ sampleShape });
const whole: CaseInput = { sampleShape: [], dtype: "i64", below: 6 };

const attention: readonly LayerCase[] = [
  {
    name: "MultiheadAttention with padding, and its weights",
    inputs: { query: rows(5, 8), key: rows(4, 8), padding: mask(4) },
    make: () => {
      const layer = new layers.MultiheadAttention(8, 2);
      const forward: ReturnType<LayerCase["make"]>["forward"] = ({ query, key, padding }) => {
        const inputs = { query: query!, key: key!, keyPaddingMask: padding! };
        const { output, weights } = layer.forward(inputs);
        return { output, weights };
      };
      return { layer, forward };
    },
  },
  {
    name: "causal MultiheadAttention",
    inputs: { query: rows(5, 8) },
    make: () => {
      const layer = new layers.MultiheadAttention(8, 2, { bias: false });
      return {
        layer,
        forward: ({ query }) => layer.forward({ query: query!, isCausal: true }).output,
      };
    },
  },
  {
    name: "TransformerEncoder with padding",
    inputs: { src: rows(5, 8), padding: mask(5) },
    make: () => {
      const make = () => new layers.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 });
      const layer = new layers.TransformerEncoder(make, 2, { norm: new layers.LayerNorm(8) });
      const forward = ({ src, padding }: Readonly<Record<string, Tensor>>) =>
        layer.forward({ src: src!, srcKeyPaddingMask: padding! });
      return { layer, forward };
    },
  },
  {
    name: "causal TransformerEncoderLayer with GELU, normalized first",
    inputs: { src: rows(5, 8) },
    make: () => {
      const layer = new layers.TransformerEncoderLayer(8, 2, {
        dimFeedforward: 16,
        activation: "gelu",
        normFirst: true,
      });
      return { layer, forward: ({ src }) => layer.forward({ src: src!, isCausal: true }) };
    },
  },
  ...[false, true].map((normFirst): LayerCase => ({
    name: `TransformerDecoderLayer, normalized ${normFirst ? "first" : "last"}`,
    inputs: { tgt: rows(5, 8), memory: rows(7, 8), padding: mask(7) },
    make: () => {
      const layer = new layers.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, normFirst });
      const forward = ({ tgt, memory, padding }: Readonly<Record<string, Tensor>>) =>
        layer.forward({
          tgt: tgt!,
          memory: memory!,
          memoryKeyPaddingMask: padding!,
          tgtIsCausal: true,
        });
      return { layer, forward };
    },
  })),
  {
    name: "TransformerDecoder",
    inputs: { tgt: rows(3, 8), memory: rows(4, 8) },
    make: () => {
      const make = () => new layers.TransformerDecoderLayer(8, 4, { dimFeedforward: 8 });
      const layer = new layers.TransformerDecoder(make, 2, { norm: new layers.LayerNorm(8) });
      const forward = ({ tgt, memory }: Readonly<Record<string, Tensor>>) =>
        layer.forward({ tgt: tgt!, memory: memory! });
      return { layer, forward };
    },
  },
];

/** The tensors of a state. */
function parts(state: Tensor | layers.LSTMState): Record<string, Tensor> {
  return "h" in state ? { last: state.h, cell: state.c } : { last: state };
}

/** A kind of recurrent layer: one direction, both, several layers, and padded sequences. */
function recurrent(
  kind: string,
  make: (options: layers.RecurrentOptions) => layers.RNN | layers.LSTM | layers.GRU,
): LayerCase[] {
  const options: readonly layers.RecurrentOptions[] = [
    {},
    { bidirectional: true, bias: false },
    { numLayers: 3 },
    { numLayers: 2, bidirectional: true },
  ];
  return options.flatMap((given) =>
    [false, true].map((padded): LayerCase => {
      const { numLayers = 1, bidirectional = false, bias = true } = given;
      const both = bidirectional ? ", both directions" : "";
      const other = `${bias ? "" : ", no biases"}${padded ? ", padded" : ""}`;
      return {
        name: `${kind} of ${numLayers} layers${both}${other}`,
        inputs: { x: rows(5, 4), ...padded && { lengths: whole } },
        make: () => {
          const layer = make({ ...given, batchFirst: true });
          const forward = ({ x, lengths }: Readonly<Record<string, Tensor>>) => {
            const { output, state } = layer.forward({ x: x!, ...lengths && { lengths } });
            return { output, ...parts(state) };
          };
          return { layer, forward };
        },
      };
    })
  );
}

function cell<State extends Tensor | layers.LSTMState>(
  make: () => RecurrentCell<State>,
  stateOf: (h: Tensor) => State,
): LayerCase {
  return {
    name: make().constructor.name,
    inputs: { x: rows(4), h: rows(3) },
    make: () => {
      const layer = make();
      return {
        layer,
        forward: ({ x, h }) => parts(layer.forward({ x: x!, state: stateOf(h!) })),
      };
    },
  };
}

const recurrences: readonly LayerCase[] = [
  ...recurrent("RNN", (options) => new layers.RNN(4, 3, { ...options, nonlinearity: "relu" })),
  ...recurrent("LSTM", (options) => new layers.LSTM(4, 3, options)),
  ...recurrent("GRU", (options) => new layers.GRU(4, 3, options)),
  {
    name: "LSTM from a given state, steps first",
    inputs: { x: rows(5, 4), h: rows(2, 3), c: rows(2, 3) },
    make: () => {
      const layer = new layers.LSTM(4, 3, { numLayers: 2 });
      const first = (x: Tensor) => x.permute([1, 0, 2]);
      const forward = ({ x, h, c }: Readonly<Record<string, Tensor>>) => {
        const { output, state } = layer.forward({
          x: first(x!),
          state: { h: first(h!), c: first(c!) },
        });
        return { output, ...parts(state) };
      };
      return { layer, forward };
    },
  },
  cell(() => new layers.RNNCell(4, 3), (h) => h),
  cell(() => new layers.LSTMCell(4, 3), (h) => ({ h, c: h.square() })),
  cell(() => new layers.GRUCell(4, 3), (h) => h),
];

const lookup: LayerCase = {
  name: "Embedding",
  inputs: { ids: { sampleShape: [5], dtype: "i32", below: 7 } },
  make: () => {
    const layer = new layers.Embedding(7, 4, { paddingIdx: 1 });
    return { layer, forward: ({ ids }) => layer.forward(ids!) };
  },
};

/** The cases. */
export const layerCases: readonly LayerCase[] = [
  plain(() => new layers.Conv1d(2, 3, 3, { stride: 2 }), [2, 9]),
  plain(() => new layers.Conv3d(2, 3, 2), [2, 4, 5, 6]),
  plain(() => new layers.ConvTranspose1d(2, 3, 3, { stride: 2 }), [2, 5]),
  plain(
    () => new layers.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    [2, 5, 6],
  ),
  plain(() => new layers.PixelShuffle(2), [8, 3, 5]),
  plain(() => new layers.InstanceNorm1d(3), [3, 5]),
  plain(() => new layers.AvgPool1d(3, { stride: 2, padding: 1 }), [2, 9]),
  plain(() => new layers.AdaptiveAvgPool1d(3), [2, 9]),
  plain(() => new layers.ConstantPad1d([1, 2], 0.5), [2, 5]),
  plain(() => new layers.ZeroPad1d([0, 2]), [2, 5]),
  plain(() => new layers.ReflectionPad1d([2, 1]), [2, 5]),
  plain(() => new layers.Lambda((x) => x.square().add(1)), [5]),
  lookup,
  ...attention,
  ...recurrences,
];
