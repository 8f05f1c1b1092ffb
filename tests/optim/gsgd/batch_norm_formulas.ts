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

/** A chain of layers, and which of its edges are in the skeleton. */
class Chain {
  readonly layers: readonly ChainLayer[];
  readonly last: number;
  /** n_k of each layer's heads. */
  readonly norms: readonly (readonly number[])[];
  readonly #use: NormUse;

  constructor(layers: readonly ChainLayer[], use: NormUse) {
    this.layers = layers;
    this.last = layers.length - 1;
    this.#use = use;
    this.norms = layers.map(({ heads, tails, parallels, weight, isNormalized }) =>
      Array.from({ length: heads }, (_, k) => {
        if (!isNormalized || use === "nowhere") return 1;
        const size = tails * parallels;
        let square = 0;
        for (let e = 0; e < size; e++) square += weight[k * size + e]! ** 2;
        return Math.sqrt(square);
      })
    );
  }

  at(l: number, k: number, i: number, p: number): number {
    return (k * this.layers[l]!.tails + i) * this.layers[l]!.parallels + p;
  }

  isFree(l: number, k: number, i: number, p: number): boolean {
    return l > 0 && p === this.layers[l]!.centre && k === i % this.layers[l]!.heads;
  }

  isInEdge(l: number, k: number, i: number, p: number): boolean {
    return l < this.last && p === this.layers[l]!.centre && i === k % this.layers[l]!.tails;
  }

  /** Phi of the nodes behind each layer, deepest first. */
  phi(): number[][] {
    const phi: number[][] = [];
    for (let l = this.last - 1; l >= 0; l--) {
      const { heads, tails, parallels, weight, gradient } = this.layers[l + 1]!;
      phi[l] = Array.from({ length: tails }, (_, i) => {
        let sum = i < Math.min(tails, heads) && l + 1 < this.last ? phi[l + 1]![i]! : 0;
        for (let k = 0; k < heads; k++) {
          for (let p = 0; p < parallels; p++) {
            if (this.isFree(l + 1, k, i, p)) continue;
            const norm = this.#use === "not in Phi" ? 1 : this.norms[l + 1]![k]!;
            const e = this.at(l + 1, k, i, p);
            sum += weight[e]! * norm * gradient[e]!;
          }
        }
        return sum;
      });
    }
    return phi;
  }

  /** Q behind each layer's heads. */
  q(): number[][] {
    const q: number[][] = [];
    q[this.last] = new Array<number>(this.layers[this.last]!.heads).fill(1);
    for (let l = this.last - 1; l >= 0; l--) {
      const { heads, tails, centre, weight } = this.layers[l + 1]!;
      q[l] = Array.from(
        { length: tails },
        (_, i) => weight[this.at(l + 1, i % heads, i, centre)]! * q[l + 1]![i % heads]!,
      );
    }
    return q;
  }

  /** P behind a layer with these weights, given P before it. */
  p(l: number, weight: ArrayLike<number>, before: readonly number[]): number[] {
    const { heads, tails, centre } = this.layers[l]!;
    return Array.from(
      { length: heads },
      (_, k) => weight[this.at(l, k, k % tails, centre)]! * before[k % tails]!,
    );
  }
}

/** The next weights of all layers. */
export function chainStep(
  layers: readonly ChainLayer[],
  learningRate: number,
  use: NormUse,
): Float64Array[] {
  const chain = new Chain(layers, use);
  const [phi, q] = [chain.phi(), chain.q()];
  let before = new Array<number>(layers[0]!.tails).fill(1);
  let after = before;
  return layers.map(({ heads, tails, parallels, weight, gradient }, l) => {
    const next = Float64Array.from(weight);
    for (let k = 0; k < heads; k++) {
      for (let i = 0; i < tails; i++) {
        for (let p = 0; p < parallels; p++) {
          if (chain.isFree(l, k, i, p)) continue;
          const e = chain.at(l, k, i, p);
          const s = before[i]! * q[l]![k]!;
          const slope = chain.norms[l]![k]! * gradient[e]!;
          const own = chain.isInEdge(l, k, i, p) ? slope - phi[l]![k]! / weight[e]! : slope;
          const value = weight[e]! * s - learningRate * own / s;
          next[e] = value / (after[i]! * q[l]![k]!);
        }
      }
    }
    before = chain.p(l, weight, before);
    after = chain.p(l, next, after);
    return next;
  });
}
