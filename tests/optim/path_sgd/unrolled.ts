/**
 * κ by enumerating paths: a network is unrolled into single neurons, and every path through
 * them is written down. Shares no code with the pass.
 */

/** One weight: element `index` of parameter `name`. */
interface WeightElement {
  readonly name: string;
  readonly index: number;
}

/** A way into a neuron: from another one or from the constant 1, by a weight or a fixed number. */
interface Way {
  readonly from: Neuron | "one";
  readonly by: WeightElement | number;
}

/** A neuron is the list of ways into it. */
export type Neuron = readonly Way[];

/** An image of neurons: [channel][row][column]. */
type Image = readonly (readonly (readonly Neuron[])[])[];

/** The pixels of an image of data. */
export function dataImage(channels: number, size: number): Image {
  const pixel = (): Neuron => [{ from: "one", by: 1 }];
  const row = (count: number) => Array.from({ length: count }, pixel);
  return Array.from({ length: channels }, () => Array.from({ length: size }, () => row(size)));
}

/** A row of data. */
export function dataRow(count: number): Neuron[] {
  return dataImage(1, count)[0]![0]!.slice();
}

/** A fully connected layer. */
export function linear(
  inputs: readonly Neuron[],
  outputs: number,
  name: string,
  bias = false,
): Neuron[] {
  return Array.from({ length: outputs }, (_, k) => [
    ...inputs.map((from, i): Way => ({
      from,
      by: { name: `${name}.weight`, index: k * inputs.length + i },
    })),
    ...biasWay(name, k, bias),
  ]);
}

function biasWay(name: string, index: number, bias: boolean): Way[] {
  return bias ? [{ from: "one", by: { name: `${name}.bias`, index } }] : [];
}

/** How a convolution is laid out. */
export interface ConvOptions {
  readonly kernel?: number;
  readonly padding?: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly bias?: boolean;
}

/** A convolution with a square kernel. */
export function conv(
  image: Image,
  outputs: number,
  name: string,
  { kernel = 3, padding = 0, stride = 1, groups = 1, bias = false }: ConvOptions = {},
): Image {
  const size = Math.floor((image[0]!.length + 2 * padding - kernel) / stride) + 1;
  const range = Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: outputs }, (_, o) =>
    range.map((y) =>
      range.map((x): Neuron => {
        const ways: Way[] = [];
        const channels = image.length / groups;
        const group = Math.floor(o * groups / outputs);
        image.slice(group * channels, (group + 1) * channels).forEach((channel, c) => {
          for (let u = 0; u < kernel; u++) {
            for (let v = 0; v < kernel; v++) {
              const from = channel[y * stride + u - padding]?.[x * stride + v - padding];
              const index = ((o * channels + c) * kernel + u) * kernel + v;
              if (from) ways.push({ from, by: { name: `${name}.weight`, index } });
            }
          }
        });
        return [...ways, ...biasWay(name, o, bias)];
      })
    ));
}

/** Windows of 2×2, side by side, each way by a fixed number: 1 for max pooling, 1/4 for means. */
export function pool(image: Image, by: number): Image {
  const half = (list: readonly unknown[]) =>
    Array.from({ length: Math.floor(list.length / 2) }, (_, i) => 2 * i);
  return image.map((channel) =>
    half(channel).map((y) =>
      half(channel).map((x): Neuron =>
        [[y, x], [y, x + 1], [y + 1, x], [y + 1, x + 1]].map(([row, column]): Way => ({
          from: channel[row!]![column!]!,
          by,
        }))
      )
    )
  );
}

/** The mean of each channel. */
export function globalMean(image: Image): Neuron[] {
  return image.map((channel) => {
    const pixels = channel.flat();
    return pixels.map((from): Way => ({ from, by: 1 / pixels.length }));
  });
}

/** Two images added pixel by pixel. */
export function sum(a: Image, b: Image): Image {
  return a.map((channel, c) =>
    channel.map((row, y) =>
      row.map((from, x): Neuron => [{ from, by: 1 }, { from: b[c]![y]![x]!, by: 1 }])
    )
  );
}

/** Every second pixel, with channels of nothing in front and behind. */
export function thinned(image: Image, before: number, after: number): Image {
  const even = <T>(list: readonly T[]) => list.filter((_, i) => i % 2 === 0);
  const kept = image.map((channel) => even(channel).map(even));
  const nothing = kept[0]!.map((row) => row.map((): Neuron => []));
  const channels = (count: number) => Array.from({ length: count }, () => nothing);
  return [...channels(before), ...kept, ...channels(after)];
}

/** Channels, then rows, then columns. */
export function flatten(image: Image): Neuron[] {
  return image.flat(2);
}

/** One path: the weights on it, and the product of the fixed numbers on it. */
interface Path {
  readonly weights: readonly WeightElement[];
  readonly factor: number;
}

function pathsInto(neuron: Neuron, known: Map<Neuron, readonly Path[]>): readonly Path[] {
  const stored = known.get(neuron);
  if (stored) return stored;
  const paths = neuron.flatMap(({ from, by }) => {
    const before = from === "one" ? [{ weights: [], factor: 1 }] : pathsInto(from, known);
    return before.map(({ weights, factor }): Path =>
      typeof by === "number"
        ? { weights, factor: factor * by }
        : { weights: [...weights, by], factor }
    );
  });
  known.set(neuron, paths);
  return paths;
}

/** Weights by parameter name. */
export type Weights = Readonly<Record<string, ArrayLike<number>>>;

/** κ_e = Σ_{paths p ∋ e} Π_{e′ ∈ p, e′ ≠ e} w_e′² for each element of each weight. */
export function enumeratedKappa(
  outputs: readonly Neuron[],
  weights: Weights,
): Record<string, Float64Array> {
  const kappa = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [name, new Float64Array(data.length)]),
  );
  const known = new Map<Neuron, readonly Path[]>();
  for (const { weights: edges, factor } of outputs.flatMap((output) => pathsInto(output, known))) {
    for (const edge of edges) {
      const others = edges.filter((other) => other !== edge)
        .reduce((product, { name, index }) => product * weights[name]![index]! ** 2, 1);
      kappa[edge.name]![edge.index]! += factor ** 2 * others;
    }
  }
  return kappa;
}
