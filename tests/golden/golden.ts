// The golden files of this folder; make_torch_goldens.py says how they were made.
import { constant, type Node } from "../../graph/mod.ts";

/** A tensor in a golden file. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What PyTorch made of one op: the output, and the gradients for the cotangent. */
export interface GoldenCase {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly cotangent: GoldenTensor;
  readonly output: GoldenTensor;
  readonly gradients: Readonly<Record<string, GoldenTensor>>;
}

/** Losses and final parameters of one optimizer. */
export interface GoldenRun {
  readonly losses: readonly number[];
  readonly parameters: readonly GoldenTensor[];
}

/** One training problem, and what each optimizer made of it. */
export interface GoldenTraining {
  readonly x: GoldenTensor;
  readonly labels: GoldenTensor;
  readonly start: readonly GoldenTensor[];
  readonly runs: Readonly<Record<string, GoldenRun>>;
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, import.meta.url));
}

/** All ops. */
export function goldenCases(): readonly GoldenCase[] {
  const { cases }: { cases: readonly GoldenCase[] } = JSON.parse(read("torch_ops.json"));
  return cases;
}

/** The optimizers. */
export function goldenTraining(): GoldenTraining {
  return JSON.parse(read("torch_optimizers.json"));
}

/** A golden tensor as a constant: f32, or i32 for labels. */
export function toNode(name: string, { shape, data }: GoldenTensor): Node {
  return constant(name === "labels" ? Int32Array.from(data) : Float32Array.from(data), shape);
}
