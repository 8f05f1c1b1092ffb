/** Layered networks that are small enough to enumerate their basis paths. */
import type { Tensor } from "../../../autograd/mod.ts";
import { sgd } from "../../../optim/mod.ts";
import { enumeratedRate } from "./checks.ts";
import { imageNetwork } from "./convolution_graphs.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, type NetworkBuilder, type NetworkOptions, type TrainingNetwork } from "./network.ts";

/** A network, and the same one as a list of edges. */
export interface LayeredPattern {
  readonly name: string;
  /** Its edges, basis paths and skeleton, which share no code with the pass. */
  readonly net: EnumeratedNetwork;
  /** A training step of it; plain SGD at `enumeratedRate` by default. */
  readonly network: (options?: NetworkOptions) => TrainingNetwork;
}

const transform = sgd({ learningRate: enumeratedRate });

/** Equal, growing, shrinking, and mixed widths. */
export const mlpWidths: readonly (readonly number[])[] = [
  [3, 4],
  [3, 2, 2],
  [2, 5, 3],
  [4, 4, 4, 4],
  [4, 2, 3, 5, 2],
  [5, 4, 3, 2],
  [2, 3, 4, 5],
  [3, 4, 6, 5, 3],
  [2, 5, 2, 5, 3],
  [5, 3, 6, 2, 4, 3],
  [4, 5, 1, 3, 2],
  [1, 2, 1, 2, 1],
  [3, 3, 3, 3, 3, 2],
  [2, 4, 2, 4, 2, 4],
  // back part of the way, up or down: the first is 49-16-32-24-10 at a quarter of the widths
  [12, 4, 8, 6, 3],
  [6, 2, 7, 5, 6, 3],
  [2, 6, 3, 4, 2, 5],
];

/** Fully connected networks with and without biases. */
export const mlpPatterns: readonly LayeredPattern[] = mlpWidths.flatMap((widths) =>
  [false, true].map((bias): LayeredPattern => ({
    name: `${widths.join("-")}${bias ? " with biases" : ""}`,
    net: new EnumeratedNetwork(widths, bias),
    network: (options) => mlp(widths, { transform, seed: 7, ...options, bias }),
  }))
);

/** Convolutions with square kernels, flattened for a linear layer. */
interface Convolutions {
  readonly widths: readonly number[];
  readonly kernels: readonly number[];
  readonly image: number;
  readonly bias: boolean;
}

const convolutions: readonly Convolutions[] = [
  { widths: [1, 2, 3, 2], kernels: [2, 2], image: 4, bias: false },
  { widths: [2, 2, 2, 3], kernels: [1, 3], image: 4, bias: true },
  { widths: [1, 3, 2], kernels: [3], image: 5, bias: true },
  { widths: [1, 2, 1, 3, 2], kernels: [1, 2, 1], image: 3, bias: true },
  { widths: [1, 2, 4, 3, 2], kernels: [2, 1, 2], image: 4, bias: false },
  { widths: [2, 3, 5, 4, 2], kernels: [2, 1, 1], image: 3, bias: true },
];

/** Convolutions whose weights are parallel edges. */
export const convolutionPatterns: readonly LayeredPattern[] = convolutions.map((item) => ({
  name: `${item.widths.join("-")} with kernels ${item.kernels.join(", ")}`,
  net: enumerated(item),
  network: (options) => convolutionNetwork(item, { transform, seed: 4, ...options }),
}));

/** Number of pixels that are left for the linear layer. */
function pixels({ image, kernels }: Convolutions): number {
  return kernels.reduce((size, kernel) => size - kernel + 1, image) ** 2;
}

function convolutionNetwork(item: Convolutions, options: NetworkOptions): TrainingNetwork {
  const { widths, kernels, image, bias } = item;
  const write = (x: Tensor, net: NetworkBuilder) => {
    const last = kernels.length + 1;
    const features = kernels.reduce(
      (value, kernel, i) => net.conv(value, widths[i + 1]!, `W${i + 1}`, { kernel, bias }).relu(),
      x,
    );
    return net.linear(features.flatten(1), widths[last]!, `W${last}`, { bias });
  };
  return imageNetwork([widths[0]!, image], write, options);
}

/** Kernels have their skeleton weight in the center, flattened channels in the middle pixel. */
function enumerated(item: Convolutions): EnumeratedNetwork {
  const hw = pixels(item);
  return new EnumeratedNetwork(item.widths, item.bias, [
    ...item.kernels.map((kernel) => {
      const center = Math.floor(kernel / 2);
      return { count: kernel * kernel, skeleton: center * kernel + center };
    }),
    { count: hw, skeleton: Math.floor(hw / 2) },
  ]);
}
