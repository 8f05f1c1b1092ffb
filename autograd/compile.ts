import {
  anything,
  type Backend,
  checkOption,
  checkOptions,
  type DType,
  formatFound,
  type Graph,
  input,
  optional,
  type OptionRules,
  owned,
  type Pass,
  pipeline,
  separateDraws,
  type Shape,
  ShapeError,
  shapeSizes,
  type TensorType,
} from "../graph/mod.ts";
import { mustBeFunction } from "./_arguments.ts";
import { resolveBackend } from "../program/backend.ts";
import { Compiled } from "../program/compiled.ts";
import { bindGraph } from "./executable.ts";
import { checkRecorded } from "./recorded.ts";
import { Tensor } from "./tensor.ts";
import type { Variable } from "./variable.ts";

/** The next values of variables. */
export type Updates = ReadonlyMap<Variable, Tensor>;

/** Result of a traced function. */
export interface Traced<O extends string> {
  /** Values that can be read after a run, by name. */
  readonly outputs?: Readonly<Record<O, Tensor>>;
  /** Next values of variables. All are computed from the current values. */
  readonly updates?: Updates;
}

/** Options for `compile`. */
export interface CompileOptions {
  /** Backend to compile for. Default: the one set by `setBackend`. */
  readonly backend?: Backend;
  /** Passes to apply to the traced graph, in order: for example a G-SGD pass. Default: none. */
  readonly passes?: readonly Pass[];
  /** Name in error messages and profiles. Default: "compiled". */
  readonly label?: string;
}

/** The type of an f32 input. */
export function f32(shape: Shape): TensorType {
  return typed("f32", shape);
}
/** The type of an i32 input. */
export function i32(shape: Shape): TensorType {
  return typed("i32", shape);
}
function typed(dtype: DType, shape: Shape): TensorType {
  checkOption(`make the type ${dtype}`, { shape }, shapeSizes, ShapeError);
  return { dtype, shape: [...shape] };
}

/** A traced function: the graph that it computes, which can be printed, analyzed, and compiled. */
export interface TracedFunction<I extends string, O extends string> {
  /** The outputs and the next values of variables, as a graph. */
  readonly graph: Graph;
  /** Type of each input, by name. */
  readonly inputs: Readonly<Record<I, TensorType>>;
  /** Names of the graph's outputs, in order. */
  readonly outputs: readonly O[];
}

/**
 * Traces a function: runs it once, with a symbolic tensor for each input, and returns the graph
 * that it built. Pass the result to `compile` to run exactly this graph, for example with a G-SGD
 * plan that was made for it.
 *
 * @throws {TypeError} if the function is async, or returns anything but `{ outputs, updates }`
 * @throws {GraphError} if layers recorded statistics that `updates` forgets
 */
export function trace<I extends string, O extends string>(
  inputs: Readonly<Record<I, TensorType>>,
  fn: (inputs: Readonly<Record<I, Tensor>>) => Traced<O>,
): TracedFunction<I, O> {
  mustBeFunction("trace", fn);
  const entries = Object.entries<TensorType>(inputs);
  const handles = entries.map(([name, type]) => [name, new Tensor(input(name, type))] as const);
  const traced = fn(Object.fromEntries(handles) as Record<I, Tensor>);
  checkTraced(traced);
  const outputs = Object.entries<Tensor>(traced.outputs ?? {});
  const updates = [...traced.updates ?? []].map(([key, value]) => [key.node, value.node] as const);
  const graph = { outputs: outputs.map(([, { node }]) => node), updates: new Map(updates) };
  checkRecorded(graph);
  return {
    graph: separateDraws(graph),
    inputs: owned(inputs),
    outputs: outputs.map(([name]) => name as O),
  };
}

/** Checks the result of a function that may not have been type-checked. */
function checkTraced(traced: unknown): void {
  if (traced instanceof Promise) {
    throw new TypeError("Cannot compile: the traced function must not be async");
  }
  const fail = (current: string) => {
    throw new TypeError(
      "Cannot compile: the traced function must return { outputs, updates }: tensors by name, and a " +
        `Map from variables to tensors: current is ${current}`,
    );
  };
  if (typeof traced !== "object" || traced === null) return fail(String(traced));
  if (traced instanceof Tensor) return fail("a Tensor");
  for (const [key, value] of Object.entries(traced)) {
    if (key === "outputs") {
      for (const [name, output] of Object.entries(value ?? {})) {
        if (!(output instanceof Tensor)) fail(`an output "${name}" that is not a Tensor`);
      }
    } else if (key !== "updates") fail(`an object with a field "${key}"`);
    else if (value !== undefined && !(value instanceof Map)) fail("updates that are not a Map");
  }
}

const compileRules: OptionRules<CompileOptions> = {
  backend: optional(anything),
  passes: optional(anything),
  label: optional(anything),
};

/**
 * Compiles a function of tensors for a device. The function is traced: it runs once, with a
 * symbolic tensor for each input. What it returns is computed by each run.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, f32, openBackend } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using double = await compile({ x: f32([3]) }, ({ x }) => ({ outputs: { y: x.mul(2) } }), { backend });
 * double.run({ x: Float32Array.of(1, 2, 3) });
 * assertEquals([...(await double.read()).y], [2, 4, 6]);
 * ```
 *
 * @throws {TypeError} if the function is async, or returns anything but `{ outputs, updates }`
 */
export function compile<I extends string, O extends string>(
  inputs: Readonly<Record<I, TensorType>>,
  fn: (inputs: Readonly<Record<I, Tensor>>) => Traced<O>,
  options?: CompileOptions,
): Promise<Compiled<I, O>>;
/** Compiles a function that was traced by `trace`. */
export function compile<I extends string, O extends string>(
  traced: TracedFunction<I, O>,
  options?: CompileOptions,
): Promise<Compiled<I, O>>;
export async function compile<I extends string, O extends string>(
  first: Readonly<Record<I, TensorType>> | TracedFunction<I, O>,
  second?: ((inputs: Readonly<Record<I, Tensor>>) => Traced<O>) | CompileOptions,
  third?: CompileOptions,
): Promise<Compiled<I, O>> {
  const { traced, options } = tracedOf("compile", first, second, third);
  checkOptions("compile", options, compileRules);
  const { backend, passes = [], label = "compiled" } = options;
  const transformed = pipeline(...passes)(traced.graph);
  const bound = await bindGraph(transformed, resolveBackend(backend), label);
  return new Compiled(bound, traced.inputs, traced.outputs);
}

/** The arguments of a function that takes a function to trace, or a traced one, and options. */
export function tracedOf<I extends string, O extends string, Options extends object>(
  action: string,
  first: Readonly<Record<I, TensorType>> | TracedFunction<I, O>,
  second: ((inputs: Readonly<Record<I, Tensor>>) => Traced<O>) | Options | undefined,
  third: Options | undefined,
): { readonly traced: TracedFunction<I, O>; readonly options: Options | Record<string, never> } {
  const isFunction = typeof second === "function";
  const traced = isFunction
    ? trace(first as Readonly<Record<I, TensorType>>, second)
    : checkTracedFunction(action, first as TracedFunction<I, O>);
  const options = isFunction ? third : second as Options | undefined;
  return { traced, options: options === undefined ? {} : options };
}

function checkTracedFunction<T extends TracedFunction<string, string>>(
  action: string,
  traced: T,
): T {
  const { graph, inputs, outputs } = traced ?? {};
  if (graph?.updates instanceof Map && inputs && Array.isArray(outputs)) return traced;
  throw new TypeError(
    `Cannot ${action}: expected the types of the inputs and a function, or the result of trace(…): ` +
      "current is " +
      formatFound(traced),
  );
}
