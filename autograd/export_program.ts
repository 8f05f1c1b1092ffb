import {
  anything,
  type Backend,
  checkOptions,
  type External,
  type HostArray,
  lower,
  optional,
  type OptionRules,
  type Pass,
  pipeline,
  type TensorType,
  verify,
} from "../graph/mod.ts";
import { resolveBackend } from "../program/backend.ts";
import { encodeProgram } from "../program/file.ts";
import { portableLimits } from "../program/limits.ts";
import type { StoredProgram } from "../program/stored_program.ts";
import { type Traced, type TracedFunction, tracedOf } from "./compile.ts";
import type { Tensor } from "./tensor.ts";
import { readVariables, type Variable, variableOf } from "./variable.ts";

/** Options for `exportProgram`. */
export interface ExportProgramOptions {
  /**
   * A backend whose limits the program may use: it then computes exactly what `compile` does there.
   * Default: limits that every backend meets.
   */
  readonly target?: Backend;
  /** Passes to apply to the traced graph, in order. Default: none. */
  readonly passes?: readonly Pass[];
  /** Name in error messages and profiles. Default: "program". */
  readonly label?: string;
}

const rules: OptionRules<ExportProgramOptions> = {
  target: optional(anything),
  passes: optional(anything),
  label: optional(anything),
};

/**
 * Compiles a function ahead of time: traces and lowers it, and writes the result with the current
 * values of its variables as a file. `loadProgram` runs it, on any backend that meets the limits of
 * its target, without the compiler, so a page that only loads programs downloads less.
 *
 * Variables that the function updates are part of the program: it continues from their current
 * values whenever it is loaded. To read them there, return them as outputs.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exportProgram, f32, loadProgram, openBackend } from "@gspace/gspace";
 *
 * const file = await exportProgram({ x: f32([3]) }, ({ x }) => ({ outputs: { y: x.mul(2) } }));
 *
 * using backend = await openBackend("cpu");
 * using double = await loadProgram(file, { backend });
 * double.run({ x: Float32Array.of(1, 2, 3) });
 * assertEquals([...(await double.read()).y!], [2, 4, 6]);
 * ```
 *
 * @throws {TypeError} if the function is async, or returns anything but `{ outputs, updates }`
 * @throws {ShapeError} if a value is too large for the target
 */
export function exportProgram<I extends string, O extends string>(
  inputs: Readonly<Record<I, TensorType>>,
  fn: (inputs: Readonly<Record<I, Tensor>>) => Traced<O>,
  options?: ExportProgramOptions,
): Promise<Uint8Array<ArrayBuffer>>;
/** Compiles a function that was traced by `trace` ahead of time. */
export function exportProgram<I extends string, O extends string>(
  traced: TracedFunction<I, O>,
  options?: ExportProgramOptions,
): Promise<Uint8Array<ArrayBuffer>>;
export async function exportProgram<I extends string, O extends string>(
  first: Readonly<Record<I, TensorType>> | TracedFunction<I, O>,
  second?: ((inputs: Readonly<Record<I, Tensor>>) => Traced<O>) | ExportProgramOptions,
  third?: ExportProgramOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { traced, options } = tracedOf("export program", first, second, third);
  checkOptions("export program", options, rules);
  return await encodeProgram(await lowerToProgram(traced, options));
}

async function lowerToProgram<I extends string, O extends string>(
  { graph, inputs, outputs }: TracedFunction<I, O>,
  { target, passes = [], label = "program" }: ExportProgramOptions,
): Promise<StoredProgram> {
  const transformed = pipeline(...passes)(graph);
  verify(transformed);
  const limits = target === undefined ? portableLimits : resolveBackend(target).limits;
  const { plan, externals } = lower(transformed, limits, label);
  const slots = new Map<string | number, number>();
  for (const [slot, external] of externals) {
    if (external.kind === "input") slots.set(external.name, slot);
    if (external.kind === "output") slots.set(external.index, slot);
  }
  const updated = new Set([...transformed.updates.keys()].map(variableOf));
  const types = transformed.outputs.map(({ type }) => type.dtype);
  return {
    plan,
    inputs: new Map(
      Object.entries<TensorType>(inputs).map(([name, type]) => {
        const slot = slots.get(name);
        return [name, slot === undefined ? { type } : { type, slot }];
      }),
    ),
    outputs: new Map(outputs.map((name, i) => [name, { dtype: types[i]!, slot: slots.get(i)! }])),
    values: await valuesOf(externals, updated),
  };
}

/** Constants, and the current values of variables. */
async function valuesOf(
  externals: ReadonlyMap<number, External>,
  updated: ReadonlySet<Variable>,
): Promise<StoredProgram["values"]> {
  const variables = [...externals].flatMap(([slot, external]) =>
    external.kind === "variable" ? [{ slot, variable: variableOf(external.node) }] : []
  );
  const data = await readVariables(variables.map(({ variable }) => variable));
  const stored = variables.map(({ slot, variable }, i) => ({
    slot,
    data: data[i]!,
    isUpdated: updated.has(variable),
  }));
  const constants = [...externals].flatMap(([slot, external]) =>
    external.kind === "constant"
      ? [{ slot, data: external.data as HostArray, isUpdated: false }]
      : []
  );
  return [...stored, ...constants];
}
