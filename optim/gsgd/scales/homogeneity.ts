import {
  attrsOf,
  broadcastTo,
  full,
  is,
  type Node,
  reshape,
  s,
  type Scalar,
} from "../../../graph/mod.ts";

/** How the result of an elementwise op scales when its inputs do. */
type Homogeneity =
  /** In no way that a positive factor could be moved through. */
  | "none"
  /**
   * As input number `like` does, or not at all without one, provided that each pair of
   * inputs scales equally.
   */
  | {
    readonly like: number | undefined;
    readonly equal: readonly (readonly [number, number])[];
  };

/**
 * A dimension in the sense of dimensional analysis: the exponent of each input's scale.
 * `any` is that of the literal 0, which scales as one likes.
 */
type Dimension = readonly number[] | "any";

class NotHomogeneous extends Error {}

/**
 * Reads off the scalar expression of an elementwise op how its result scales, for positive
 * factors: relu, leaky relu, abs, masks, sums and constant factors need no rule of their own.
 *
 * @param scales for each input: does it have a scale? Others count as constants
 */
export function homogeneityOf(node: Node, scales: readonly boolean[]): Homogeneity {
  const element = elementOf(node);
  if (!element) return "none";
  try {
    return new DimensionalAnalysis(scales).homogeneityOf(element);
  } catch (error) {
    if (error instanceof NotHomogeneous) return "none";
    throw error;
  }
}

/**
 * The scalar expression of an op whose elements depend on the elements of its inputs at the
 * same place only; a load's source is the number of the input. `undefined` for other ops.
 */
export function elementOf(node: Node): Scalar | undefined {
  const { lowering } = node.op;
  if (lowering.kind !== "element") return undefined;
  const coords = node.type.shape.map((size, axis) => s.axis(axis, size));
  let isInPlace = true;
  const element = lowering.element({
    attrs: node.attrs,
    type: node.type,
    inputs: node.inputs.map(({ type }) => type),
    coords,
    read: (input, at) => {
      isInPlace &&= at.every((coord, axis) => coord === coords[axis]);
      return readInput(node.inputs[input]!, input);
    },
  });
  return isInPlace ? element : undefined;
}

function readInput(node: Node, input: number): Scalar {
  const value = knownNumber(node);
  const type = node.type.dtype === "u8" ? "i32" : node.type.dtype;
  return value === undefined ? s.load(input, type, s.int(0)) : s.const(value, type);
}

/** The number that is everywhere in this tensor, if that is known. */
export function knownNumber(node: Node): number | undefined {
  if (is(node, broadcastTo) || is(node, reshape)) return knownNumber(node.inputs[0]!);
  return attrsOf(node, full)?.value;
}

class DimensionalAnalysis {
  readonly #scales: readonly boolean[];
  readonly #known = new Map<Scalar, Dimension>();
  readonly #equal: [number, number][] = [];

  constructor(scales: readonly boolean[]) {
    this.#scales = scales;
  }

  homogeneityOf(element: Scalar): Homogeneity {
    const result = this.#dimension(element);
    const isFixed = result === "any" || result.every((exponent) => exponent === 0);
    const like = isFixed ? undefined : unitOf(result);
    return isFixed || like !== undefined ? { like, equal: this.#equal } : "none";
  }

  #dimension(scalar: Scalar): Dimension {
    const known = this.#known.get(scalar);
    if (known) return known;
    const result = this.#derive(scalar);
    this.#known.set(scalar, result);
    return result;
  }

  #derive(scalar: Scalar): Dimension {
    if (scalar.op === "const") return scalar.value === 0 ? "any" : this.#zero();
    if (scalar.op === "load") return this.#input(scalar.source);
    if (!("args" in scalar)) return this.#zero();
    const args = scalar.args.map((arg) => this.#dimension(arg));
    switch (scalar.op) {
      case "neg":
      case "abs":
        return args[0]!;
      case "add":
      case "sub":
      case "min":
      case "max":
        return this.#same(args[0]!, args[1]!);
      case "mul":
        return combine(args[0]!, args[1]!, 1);
      case "div":
        return combine(args[0]!, args[1]!, -1);
      case "select":
        this.#mustBeFixed(args[0]!);
        return this.#same(args[1]!, args[2]!);
      case "lt":
      case "le":
      case "eq":
      case "ne":
        this.#same(args[0]!, args[1]!); // a positive factor on both sides decides nothing
        return this.#zero();
      default:
        args.forEach((arg) => this.#mustBeFixed(arg));
        return this.#zero();
    }
  }

  #zero(): Dimension {
    return this.#scales.map(() => 0);
  }

  #input(source: unknown): Dimension {
    return this.#scales.map((scales, input) => scales && input === source ? 1 : 0);
  }

  #mustBeFixed(dimension: Dimension): void {
    if (dimension !== "any" && dimension.some((exponent) => exponent !== 0)) {
      throw new NotHomogeneous();
    }
  }

  /** The common dimension of two terms; two inputs may be asked to have the same. */
  #same(a: Dimension, b: Dimension): Dimension {
    if (a === "any") return b;
    if (b === "any" || a.every((exponent, i) => exponent === b[i])) return a;
    const [first, second] = [unitOf(a), unitOf(b)];
    if (first === undefined || second === undefined) throw new NotHomogeneous();
    this.#equal.push([first, second]);
    return a;
  }
}

function combine(a: Dimension, b: Dimension, sign: 1 | -1): Dimension {
  if (a === "any" || b === "any") return "any";
  return a.map((exponent, i) => exponent + sign * b[i]!);
}

/** The one input whose exponent is 1 while all others are 0. */
function unitOf(dimension: readonly number[]): number | undefined {
  const used = dimension.flatMap((exponent, input) => exponent === 0 ? [] : [{ exponent, input }]);
  return used.length === 1 && used[0]!.exponent === 1 ? used[0]!.input : undefined;
}
