import {
  constant,
  type DType,
  elementCount,
  type HostArray,
  type Node,
  type Shape,
} from "../../graph/mod.ts";
import { hostArrays } from "../../graph/types.ts";
import type { RefTensor } from "../reference/tensor.ts";
import { generator } from "../support/random.ts";

/** How the elements of one input are drawn: uniformly in [low, high) unless told. */
export interface Sample {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly low: number;
  readonly high: number;
  /** Points that every element keeps a distance of 0.05 from: kinks and poles. */
  readonly away?: readonly number[];
  /** Elements on a grid of a thousandth, all different: no ties. */
  readonly distinct?: boolean;
  /** These elements instead of drawn ones. */
  readonly values?: readonly number[];
}

/** One op, or composition of ops, on inputs of given types. */
export interface OpCase {
  /** Name of the builder that `graph/ops` exports. */
  readonly op: string;
  readonly inputs: readonly Sample[];
  build(...inputs: Node[]): Node;
  reference(...inputs: RefTensor[]): RefTensor;
  /**
   * `smooth`: has first and second derivatives at the sampled points with respect to every
   * f32 input. `linear`: moreover linear in all of them together. `none`: lets no gradient
   * through, or is not differentiable where it is sampled.
   */
  readonly derivative: "smooth" | "linear" | "none";
  /** Terms that one element sums; more than one loosens the f32 tolerance. */
  readonly terms?: number;
}

/** An f32 input in [−2, 2). */
export function f32(shape: Shape, options: Partial<Sample> = {}): Sample {
  return { dtype: "f32", shape, low: -2, high: 2, ...options };
}

/** An i32 input in [low, high). */
export function i32(shape: Shape, low: number, high: number): Sample {
  return { dtype: "i32", shape, low, high };
}

/** A u32 input of any bits unless told. */
export function u32(shape: Shape, low = 0, high = 2 ** 32): Sample {
  return { dtype: "u32", shape, low, high };
}

/** A bool input. */
export function bool(shape: Shape): Sample {
  return { dtype: "bool", shape, low: 0, high: 2 };
}

/** Given f32 elements along one axis. */
export function values(...list: readonly number[]): Sample {
  return f32([list.length], { values: list });
}

/** Draws the elements of an input; the same `seed` draws the same ones. */
export function draw(sample: Sample, seed: number): HostArray {
  const count = elementCount(sample.shape);
  const list = sample.values ?? drawNumbers(sample, count, generator(seed));
  return hostArrays[sample.dtype].from(list);
}

function drawNumbers(sample: Sample, count: number, random: () => number): number[] {
  if (sample.distinct) return distinctNumbers(sample, count, random);
  return Array.from({ length: count }, () => drawNumber(sample, random));
}

function drawNumber({ dtype, low, high, away = [] }: Sample, random: () => number): number {
  for (;;) {
    const value = low + random() * (high - low);
    if (dtype !== "f32") return Math.floor(value);
    if (away.every((point) => Math.abs(value - point) > 0.05)) return value;
  }
}

function distinctNumbers({ low }: Sample, count: number, random: () => number): number[] {
  const list = Array.from({ length: count }, (_, i) => low + i / 1000);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

/** A case with its inputs drawn: constants of a graph, and the same as reference tensors. */
export interface DrawnCase {
  readonly nodes: readonly Node[];
  readonly tensors: readonly RefTensor[];
}

/** Draws all inputs of a case. */
export function drawCase({ inputs }: OpCase): DrawnCase {
  const data = inputs.map((sample, i) => draw(sample, 17 * i + 1));
  return {
    nodes: inputs.map(({ dtype, shape }, i) => constant(data[i]!, shape, dtype)),
    tensors: inputs.map(({ shape }, i) => ({ shape, data: [...data[i]!] })),
  };
}

/** What a failing case is called: the op and the types that it was given. */
export function describe({ op, inputs }: OpCase): string {
  return `${op}(${inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(", ")})`;
}
