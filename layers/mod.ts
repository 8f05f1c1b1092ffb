/**
 * Layers, losses, initializers, and models.
 * @module
 */
import "../graph/dispose.ts";
export {
  type AnyModule,
  type BatchPart,
  type ForwardContext,
  ignoreStatistics,
  inference,
  initialize,
  type InitializeOptions,
  Module,
  type ParameterSpec,
} from "./module.ts";
export {
  fanInUniform,
  heNormal,
  type Initializer,
  type InitializerContext,
  onesInit,
  zerosInit,
} from "./initializers.ts";
export {
  normalInit,
  type NormalOptions,
  truncatedNormal,
  type TruncatedNormalOptions,
  xavierNormal,
  type XavierOptions,
  xavierUniform,
} from "./random_initializers.ts";
export { orthogonal } from "./orthogonal.ts";
export { RandomStream } from "./random.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { GELU, LeakyReLU, ReLU, Sigmoid, Tanh } from "./activations.ts";
export {
  ELU,
  elu,
  Hardswish,
  hardswish,
  SELU,
  selu,
  SiLU,
  silu,
  Softmax,
  Softplus,
  softplus,
} from "./smooth_activations.ts";
export { Flatten } from "./flatten.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export {
  type AttentionOptions,
  scaledDotProductAttention,
} from "./attention/scaled_dot_product.ts";
export {
  type AttentionInputs,
  type AttentionMasks,
  type AttentionOutput,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./attention/multihead_attention.ts";
export type { TransformerLayerOptions } from "./attention/feed_forward.ts";
export {
  type EncoderInputs,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerOptions,
} from "./attention/transformer_encoder.ts";
export {
  type DecoderInputs,
  TransformerDecoder,
  TransformerDecoderLayer,
} from "./attention/transformer_decoder.ts";
export { positionalEncoding } from "./attention/positional_encoding.ts";
export { Dropout } from "./dropout.ts";
export {
  Conv1d,
  type Conv1dLayerOptions,
  ConvTranspose1d,
  type ConvTranspose1dLayerOptions,
} from "./conv1d.ts";
export {
  Conv2d,
  type Conv2dLayerOptions,
  ConvTranspose2d,
  type ConvTranspose2dLayerOptions,
} from "./conv2d.ts";
export { Conv3d, type Conv3dLayerOptions } from "./conv3d.ts";
export { Convolution } from "./convolution.ts";
export { BatchNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions } from "./batch_norm.ts";
export { GroupNorm, LayerNorm } from "./group_norm.ts";
export { InstanceNorm, InstanceNorm1d, InstanceNorm2d } from "./instance_norm.ts";
export { RMSNorm } from "./rms_norm.ts";
export type { NormOptions } from "./normalization.ts";
export {
  AdaptiveAvgPool2d,
  AvgPool2d,
  GlobalAvgPool2d,
  MaxPool2d,
  type PoolLayerOptions,
} from "./pooling.ts";
export {
  AdaptiveAvgPool1d,
  AvgPool1d,
  MaxPool1d,
  Pool1d,
  type Pool1dOptions,
} from "./pooling_1d.ts";
export { PixelShuffle, PixelUnshuffle } from "./pixel_shuffle.ts";
export { Upsample, type UpsampleOptions } from "./upsample.ts";
export {
  ConstantPad2d,
  CopyPad2d,
  Pad2d,
  type Padding2d,
  ReflectionPad2d,
  ReplicationPad2d,
  ZeroPad2d,
} from "./padding.ts";
export {
  ConstantPad1d,
  Pad1d,
  type Padding1d,
  ReflectionPad1d,
  ReplicationPad1d,
  ZeroPad1d,
} from "./padding_1d.ts";
export { GRU, LSTM, RNN, type RNNOptions } from "./recurrent/layers.ts";
export type { LSTMState } from "./recurrent/step.ts";
export {
  Recurrent,
  type RecurrentOptions,
  type SequenceInputs,
  type SequenceOutput,
} from "./recurrent/recurrent.ts";
export {
  type CellInputs,
  type CellOptions,
  GRUCell,
  LSTMCell,
  RecurrentCell,
  RNNCell,
  type RNNCellOptions,
} from "./recurrent/cells.ts";
export type { RecurrentStep } from "./recurrent/step.ts";
export { BasicBlock, type BasicBlockOptions, type Shortcut } from "./models/basic_block.ts";
export { type ConvNetOptions, PlainNet, ResidualNet, ResNet } from "./models/residual_net.ts";
export { VGG } from "./models/vgg.ts";
export { type Layer, Sequential } from "./sequential.ts";
export { Lambda, type LayerFunction } from "./lambda.ts";
export * from "./losses/mod.ts";
export type { SampleInput, SampleInputs } from "./sample_input.ts";
export { layerSummaries, type LayerSummary, summary } from "./summary.ts";
