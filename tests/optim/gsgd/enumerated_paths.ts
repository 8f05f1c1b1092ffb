/**
 * G-SGD by brute force on layered networks that are small enough to enumerate all
 * paths: the paper's Eq. 3 and Eq. 6 as they stand, with nothing solved by hand. Shares no
 * code with the pass.
 */

/** One weight: element [row, column] of layer `layer` (from 1 on), or a bias element. */
export interface Edge {
  readonly layer: number;
  readonly row: number;
  /** `null` for a bias. */
  readonly column: number | null;
  /** Which of the parallel edges it is: the position in a kernel, or the pixel of a channel. */
  readonly parallel: number;
}

/** Edges between the same two units: how many, and which of them may be in the skeleton. */
interface Parallels {
  readonly count: number;
  readonly skeleton: number;
}
const single: Parallels = { count: 1, skeleton: 0 };

/** Weights of each edge, in the order of `edges`. */
export type EdgeValues = Float64Array;

/** A fully connected network, all its paths, and the skeleton of gsgd.md §3.1. */
export class EnumeratedNetwork {
  readonly widths: readonly number[];
  /** By layer. */
  readonly parallels: readonly Parallels[];
  readonly edges: readonly Edge[];
  /** Edge numbers of the free weights: H of them. */
  readonly free: readonly number[];
  /** Edge numbers of trained skeleton weights. */
  readonly trained: readonly number[];
  /** Edge numbers of all others. */
  readonly plain: readonly number[];
  /** The basis path of each edge that is not free, in the order of `coordinates`. */
  readonly basis: readonly (readonly number[])[];
  /** Edge numbers that are not free. */
  readonly coordinates: readonly number[];
  #paths: readonly (readonly number[])[] | undefined;

  constructor(
    widths: readonly number[],
    hasBias: boolean,
    parallels: readonly Parallels[] = widths.slice(1).map(() => single),
  ) {
    this.widths = widths;
    this.parallels = parallels;
    this.edges = listEdges(widths, hasBias, parallels);
    const last = widths.length - 1;
    const numbers = [...this.edges.keys()];
    const isCentral = ({ layer, parallel }: Edge) => parallel === parallels[layer - 1]!.skeleton;
    const isFree = (edge: Edge) => {
      const { layer, row, column } = edge;
      return column !== null && isCentral(edge) && layer >= 2 && row === column % widths[layer]!;
    };
    const isIn = (edge: Edge) => {
      const { layer, row, column } = edge;
      return column !== null && isCentral(edge) && layer < last &&
        column === row % widths[layer - 1]!;
    };
    this.free = numbers.filter((e) => isFree(this.edges[e]!));
    this.trained = numbers.filter((e) => isIn(this.edges[e]!) && !isFree(this.edges[e]!));
    this.plain = numbers.filter((e) => !isIn(this.edges[e]!) && !isFree(this.edges[e]!));
    this.coordinates = numbers.filter((e) => !isFree(this.edges[e]!));
    this.basis = this.coordinates.map((e) => this.#basisPath(e));
  }

  /** All paths from GROUND to GROUND, as lists of edge numbers. */
  get paths(): readonly (readonly number[])[] {
    return this.#paths ??= this.edges.flatMap((edge, e) =>
      this.#startsAtGround(edge) ? this.#pathsFrom(e) : []
    );
  }

  /** Number of hidden units. */
  get units(): number {
    return this.widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  }

  /** The number of an edge; of parallel ones that which may be in the skeleton. */
  number(layer: number, row: number, column: number | null): number {
    return this.edges.findIndex((edge) =>
      edge.layer === layer && edge.row === row && edge.column === column &&
      edge.parallel === (column === null ? 0 : this.parallels[layer - 1]!.skeleton)
    );
  }

  /** Values of the basis paths. */
  pathValues(weights: EdgeValues): Float64Array {
    return Float64Array.from(
      this.basis,
      (path) => path.reduce((product, e) => product * weights[e]!, 1),
    );
  }

  /** A[e, p] for these paths: how often path p uses edge e. */
  structure(paths: readonly (readonly number[])[]): number[][] {
    return this.edges.map((_, e) => paths.map((path) => path.filter((f) => f === e).length));
  }

  /** For each hidden unit x the gauge direction t_x: edges into x minus edges out of it. */
  gaugeDirections(): number[][] {
    const directions: number[][] = [];
    for (let layer = 1; layer < this.widths.length - 1; layer++) {
      for (let unit = 0; unit < this.widths[layer]!; unit++) {
        directions.push(
          this.edges.map((edge) =>
            edge.layer === layer && edge.row === unit
              ? 1
              : edge.layer === layer + 1 && edge.column === unit
              ? -1
              : 0
          ),
        );
      }
    }
    return directions;
  }

  /**
   * ∂L/∂v of each basis path by Eq. 3, one equation for every weight:
   * w_e ∂L/∂w_e = Σ_{p ∋ e} v_p ∂L/∂v_p, in the least-squares sense.
   */
  pathGradients(weights: EdgeValues, gradients: EdgeValues): { g: Float64Array; residual: number } {
    const matrix = this.structure(this.basis);
    const right = this.edges.map((_, e) => weights[e]! * gradients[e]!);
    const solution = leastSquares(matrix, right);
    const values = this.pathValues(weights);
    const residual = Math.max(
      ...matrix.map((row, e) =>
        Math.abs(row.reduce((sum, a, p) => sum + a * solution[p]!, 0) - right[e]!)
      ),
    );
    return { g: Float64Array.from(solution, (phi, p) => phi / values[p]!), residual };
  }

  /** The weights with these path values and these free weights, by Eq. 6. */
  weightsOf(values: ArrayLike<number>, weights: EdgeValues): Float64Array {
    const inverse = integerInverse(this.coordinateMatrix());
    const known = [...this.free.map((e) => weights[e]!), ...Array.from(values)];
    // log c = Âᵀ log w, so w_e = Π_j c_j^(Â⁻¹[j, e]); whole exponents keep the signs right
    return Float64Array.from(
      this.edges,
      (_, e) => known.reduce((product, c, j) => product * c ** inverse[j]![e]!, 1),
    );
  }

  /** Â: columns are the free weights as unit vectors, then the basis paths. */
  coordinateMatrix(): number[][] {
    return this.structure([...this.free.map((e) => [e]), ...this.basis]);
  }

  #startsAtGround({ layer, column }: Edge): boolean {
    return layer === 1 || column === null;
  }

  #pathsFrom(e: number): number[][] {
    const { layer, row } = this.edges[e]!;
    if (layer === this.widths.length - 1) return [[e]];
    return [...this.edges.keys()]
      .filter((f) => this.edges[f]!.layer === layer + 1 && this.edges[f]!.column === row)
      .flatMap((f) => this.#pathsFrom(f))
      .map((rest) => [e, ...rest]);
  }

  #basisPath(e: number): number[] {
    const { layer, row, column } = this.edges[e]!;
    const before = column === null || layer === 1 ? [] : this.#inRoute(layer - 1, column);
    return [...before, e, ...this.#outRoute(layer, row)];
  }

  #inRoute(layer: number, unit: number): number[] {
    const below = unit % this.widths[layer - 1]!;
    const edge = this.number(layer, unit, below);
    return layer === 1 ? [edge] : [...this.#inRoute(layer - 1, below), edge];
  }

  #outRoute(layer: number, unit: number): number[] {
    if (layer === this.widths.length - 1) return [];
    const above = unit % this.widths[layer + 1]!;
    return [this.number(layer + 1, above, unit), ...this.#outRoute(layer + 1, above)];
  }
}

function listEdges(
  widths: readonly number[],
  hasBias: boolean,
  parallels: readonly Parallels[],
): Edge[] {
  return widths.slice(1).flatMap((height, l) => {
    const layer = l + 1;
    const width = widths[l]!;
    const { count } = parallels[l]!;
    const weights = Array.from({ length: height * width * count }, (_, i): Edge => ({
      layer,
      row: Math.floor(i / count / width),
      column: Math.floor(i / count) % width,
      parallel: i % count,
    }));
    const biases = Array.from(
      { length: height },
      (_, row): Edge => ({ layer, row, column: null, parallel: 0 }),
    );
    return hasBias ? [...weights, ...biases] : weights;
  });
}

/** Least squares by Householder reflections, for a matrix of full column rank. */
function leastSquares(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const columns = matrix[0]!.length;
  for (let c = 0; c < columns; c++) {
    const norm = Math.hypot(...rows.slice(c).map((row) => row[c]!));
    if (norm < 1e-9) throw new Error("The matrix has no full column rank");
    const pivot = rows[c]![c]! > 0 ? -norm : norm;
    const v = rows.map((row, i) => i < c ? 0 : i === c ? row[c]! - pivot : row[c]!);
    const square = v.reduce((sum, x) => sum + x * x, 0);
    for (let k = c; k <= columns; k++) {
      const dot = rows.reduce((sum, row, i) => sum + v[i]! * row[k]!, 0);
      rows.forEach((row, i) => row[k] = row[k]! - 2 * v[i]! * dot / square);
    }
  }
  const solution: number[] = new Array(columns).fill(0);
  for (let c = columns - 1; c >= 0; c--) {
    const known = solution.reduce((sum, x, k) => k > c ? sum + rows[c]![k]! * x : sum, 0);
    solution[c] = (rows[c]![columns]! - known) / rows[c]![c]!;
  }
  return solution;
}

/**
 * The inverse of an integer matrix of determinant ±1: whole numbers, checked by
 * multiplication, which also proves that the determinant is ±1.
 */
export function integerInverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, k) => Number(k === i))]);
  for (let c = 0; c < size; c++) {
    const below = rows.slice(c).map((row) => Math.abs(row[c]!));
    const pivot = c + below.indexOf(Math.max(...below));
    if (Math.abs(rows[pivot]![c]!) < 1e-9) throw new Error("The matrix is singular");
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    const scale = rows[c]![c]!;
    rows[c] = rows[c]!.map((x) => x / scale);
    const source = rows[c]!;
    rows.forEach((row, i) => {
      const factor = row[c]!;
      if (i !== c && factor !== 0) rows[i] = row.map((x, k) => x - factor * source[k]!);
    });
  }
  const inverse = rows.map((row) => row.slice(size).map((x) => Math.round(x) + 0));
  const isInverse = matrix.every((row, i) =>
    row.every((_, k) => row.reduce((sum, x, j) => sum + x * inverse[j]![k]!, 0) === Number(i === k))
  );
  if (!isInverse) throw new Error("The inverse of the matrix is not whole");
  return inverse;
}

/** Rank modulo a prime: a lower bound of the rank, exact arithmetic throughout. */
export function rankModuloPrime(matrix: readonly (readonly number[])[]): number {
  const prime = 67108859; // products of two residues stay below 2^53
  const rows = matrix.map((row) => row.map((x) => ((x % prime) + prime) % prime));
  let rank = 0;
  for (let c = 0; c < (matrix[0]?.length ?? 0) && rank < rows.length; c++) {
    const pivot = rows.findIndex((row, i) => i >= rank && row[c] !== 0);
    if (pivot < 0) continue;
    [rows[rank], rows[pivot]] = [rows[pivot]!, rows[rank]!];
    const inverse = powerModulo(rows[rank]![c]!, prime - 2, prime);
    for (let i = rank + 1; i < rows.length; i++) {
      const factor = rows[i]![c]! * inverse % prime;
      if (factor === 0) continue;
      rows[i] = rows[i]!.map((x, k) => (x + (prime - factor) * rows[rank]![k]!) % prime);
    }
    rank++;
  }
  return rank;
}

function powerModulo(base: number, exponent: number, prime: number): number {
  let [result, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result * square % prime;
    square = square * square % prime;
  }
  return result;
}
