import {
  type Combine,
  elementCount,
  type Node,
  rowMajorStrides,
  type ScalarType,
} from "../../../graph/mod.ts";
import { advance } from "../../../graph/interpret/position.ts";
import { combiner, identityOf } from "../../../graph/interpret/reduce.ts";
import { type Bounds, ends, set } from "./interval.ts";
import { everything } from "./other_rules.ts";
import { FloatProduct, FloatSum } from "./sum_bounds.ts";

/** What the elements of one result are combined in. */
interface Total {
  add(low: number, high: number): void;
  finish(): void;
}

/** The largest or smallest element: ends are combined with ends. */
class Extreme implements Total {
  #low: number;
  #high: number;

  constructor(readonly join: (a: number, b: number) => number, identity: number) {
    this.#low = this.#high = identity;
  }

  add(low: number, high: number): void {
    this.#low = this.join(this.#low, low);
    this.#high = this.join(this.#high, high);
  }

  finish(): void {
    set(this.#low, this.#high);
  }
}

/** Sums and products of integers wrap around: they are known if all terms are exact. */
class Wrapping implements Total {
  #value: number;
  #low = 0;
  #high = 0;
  #isExact = true;

  constructor(
    readonly join: (a: number, b: number) => number,
    readonly combine: Combine,
    readonly type: ScalarType,
  ) {
    this.#value = identityOf(combine, type);
  }

  add(low: number, high: number): void {
    this.#value = this.join(this.#value, low);
    this.#low += low;
    this.#high += high;
    this.#isExact &&= low === high;
  }

  finish(): void {
    const [least, most] = everything[this.type];
    if (this.#isExact) set(this.#value, this.#value);
    else if (this.combine === "sum" && this.#low >= least && this.#high <= most) {
      set(this.#low, this.#high);
    } else set(least, most);
  }
}

/** A total of elements of a type. */
export function newTotal(combine: Combine, type: ScalarType): Total {
  const join = combiner(combine, type);
  if (combine === "max" || combine === "min") return new Extreme(join, identityOf(combine, type));
  if (type !== "f32") return new Wrapping(join, combine, type);
  return combine === "sum" ? new FloatSum() : new FloatProduct();
}

/** Bounds of a reduction over the axes that the node reduces away. */
export function boundReduce(node: Node, combine: Combine, x: Bounds): Bounds {
  const { axes } = node.attrs as { readonly axes: readonly number[] };
  const { shape } = node.inputs[0]!.type;
  const { dtype } = node.type;
  if (dtype === "u8") throw new Error("Internal: a reduction of u8");
  const count = elementCount(node.type.shape);
  const totals = Array.from({ length: count }, () => newTotal(combine, dtype));
  const keptStrides = rowMajorStrides(node.type.shape);
  const kept = shape.flatMap((_, axis) => axes.includes(axis) ? [] : [axis]);
  const strides = shape.map((_, axis) =>
    axes.includes(axis) ? 0 : keptStrides[kept.indexOf(axis)]!
  );
  const coords = new Int32Array(shape.length);
  for (let i = 0; i < x.low.length; i++) {
    let to = 0;
    for (let axis = 0; axis < strides.length; axis++) to += coords[axis]! * strides[axis]!;
    totals[to]!.add(x.low[i]!, x.high[i]!);
    advance(coords, shape);
  }
  return finished(totals);
}

/** The bounds of all totals. */
export function finished(totals: readonly Pick<Total, "finish">[]): Bounds {
  const [low, high] = [new Float64Array(totals.length), new Float64Array(totals.length)];
  totals.forEach((total, i) => {
    total.finish();
    low[i] = ends.low;
    high[i] = ends.high;
  });
  return { low, high };
}
