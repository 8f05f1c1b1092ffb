/**
 * One step of G-SGD in a chain of convolutions with batch normalisation, written as loops
 * over gsgd.md §4.1, §4.2 and §6. Shares no code with the pass.
 */

/** One layer of weights: [heads][tails][parallel edges], row-major. */
export interface ChainLayer {
  readonly heads: number;
  readonly tails: number;
  readonly parallels: number;
  /** Which of the parallel edges may be in the skeleton. */
  readonly centre: number;
  /** Does batch normalisation follow? */
  readonly isNormalized: boolean;
  readonly weight: ArrayLike<number>;
  /** δ = ∂L/∂w. */
  readonly gradient: ArrayLike<number>;
}

/** How the norms n_k of Eq. 30 are used; anything but "everywhere" is wrong or an ablation. */
export type NormUse = "everywhere" | "not in Phi" | "nowhere";

/** The next weights of all layers. */
export function chainStep(
  layers: readonly ChainLayer[],
  learningRate: number,
  use: NormUse,
): Float64Array[] {
  const last = layers.length - 1;
  const at = (l: number, k: number, i: number, p: number) =>
    (k * layers[l]!.tails + i) * layers[l]!.parallels + p;
  const isFree = (l: number, k: number, i: number, p: number) =>
    l > 0 && p === layers[l]!.centre && k === i % layers[l]!.heads;
  const isIn = (l: number, k: number, i: number, p: number) =>
    l < last && p === layers[l]!.centre && i === k % layers[l]!.tails;
  const norms = layers.map(({ heads, tails, parallels, weight, isNormalized }) =>
    Array.from({ length: heads }, (_, k) => {
      if (!isNormalized || use === "nowhere") return 1;
      let square = 0;
      for (let e = 0; e < tails * parallels; e++) square += weight[k * tails * parallels + e]! ** 2;
      return Math.sqrt(square);
    })
  );

  // Phi of the nodes behind layer l, deepest first
  const phi: number[][] = [];
  for (let l = last - 1; l >= 0; l--) {
    const { heads: height, tails: width, parallels, weight, gradient } = layers[l + 1]!;
    phi[l] = Array.from({ length: width }, (_, i) => {
      let sum = i < Math.min(width, height) && l + 1 < last ? phi[l + 1]![i]! : 0;
      for (let k = 0; k < height; k++) {
        for (let p = 0; p < parallels; p++) {
          if (isFree(l + 1, k, i, p)) continue;
          const norm = use === "not in Phi" ? 1 : norms[l + 1]![k]!;
          sum += weight[at(l + 1, k, i, p)]! * norm * gradient[at(l + 1, k, i, p)]!;
        }
      }
      return sum;
    });
  }

  // Q behind each layer's heads, and P before each layer's tails
  const q: number[][] = [];
  q[last] = new Array<number>(layers[last]!.heads).fill(1);
  for (let l = last - 1; l >= 0; l--) {
    const { heads: height, tails: width, centre, weight } = layers[l + 1]!;
    q[l] = Array.from(
      { length: width },
      (_, i) => weight[at(l + 1, i % height, i, centre)]! * q[l + 1]![i % height]!,
    );
  }
  const routes = (values: (l: number) => ArrayLike<number>, before: number[], l: number) => {
    const { heads, tails, centre } = layers[l]!;
    return Array.from(
      { length: heads },
      (_, k) => values(l)[at(l, k, k % tails, centre)]! * before[k % tails]!,
    );
  };

  const result: Float64Array[] = [];
  let [before, after] = [0, 1].map(() => new Array<number>(layers[0]!.tails).fill(1)) as [
    number[],
    number[],
  ];
  layers.forEach(({ heads, tails, parallels, weight, gradient }, l) => {
    const next = Float64Array.from(weight);
    for (let k = 0; k < heads; k++) {
      for (let i = 0; i < tails; i++) {
        for (let p = 0; p < parallels; p++) {
          if (isFree(l, k, i, p)) continue;
          const e = at(l, k, i, p);
          const s = before[i]! * q[l]![k]!;
          const slope = norms[l]![k]! * gradient[e]!;
          const own = isIn(l, k, i, p) ? slope - phi[l]![k]! / weight[e]! : slope;
          const value = weight[e]! * s - learningRate * own / s;
          next[e] = value / (after[i]! * q[l]![k]!);
        }
      }
    }
    result.push(next);
    before = routes((n) => layers[n]!.weight, before, l);
    after = routes((n) => result[n]!, after, l);
  });
  return result;
}
