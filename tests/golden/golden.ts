// The golden files of this folder; the scripts make_*.py say how they were made.
import { assertEquals } from "@std/assert";
import { pullBack } from "../../autograd/mod.ts";
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

/** The content of a golden file. */
export function goldenFile<T>(file: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(file, import.meta.url)));
}

/** All cases of a file. */
export function goldenCases(file: string): readonly GoldenCase[] {
  return goldenFile<{ readonly cases: readonly GoldenCase[] }>(file).cases;
}

/** The optimizers. */
export function goldenTraining(): GoldenTraining {
  return goldenFile("torch_optimizers.json");
}

/** A golden tensor as a constant: f32, or i32 for labels. */
export function toNode(name: string, { shape, data }: GoldenTensor): Node {
  return constant(name === "labels" ? Int32Array.from(data) : Float32Array.from(data), shape);
}

/** Inputs of a case, by name. */
export type Inputs = Readonly<Record<string, Node>>;
/** Options of a case. */
export type Options = Readonly<Record<string, unknown>>;
/** How this library computes what a case is about. */
export type Build = (inputs: Inputs, options: Options) => Node;

/** The output and the gradients of a case, beside what PyTorch has. */
export interface Built {
  readonly nodes: readonly Node[];
  readonly expected: readonly (readonly number[])[];
  readonly names: readonly string[];
}

/** Builds a case, and checks the shape of its output. */
export function buildCase(golden: GoldenCase, build: Build): Built {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, tensor]) => [name, toNode(name, tensor)]),
  );
  const output = build(inputs, golden.options);
  const wrt = Object.keys(golden.gradients);
  assertEquals(output.type.shape, golden.output.shape);
  const cotangent = toNode("cotangent", golden.cotangent);
  const gradients = pullBack(output, cotangent, wrt.map((name) => inputs[name]!));
  return {
    nodes: [output, ...gradients],
    expected: [golden.output.data, ...wrt.map((name) => golden.gradients[name]!.data)],
    names: ["output", ...wrt.map((name) => `gradient of ${name}`)],
  };
}

/** Name and options of a case, for titles of tests. */
export function describeCase({ name, options }: GoldenCase): string {
  const text = JSON.stringify(options);
  return text === "{}" ? name : `${name} ${text}`;
}
