import { anything, optional } from "../graph/check_value.ts";
import { formatFound } from "../graph/format_found.ts";
import { checkOptions, type OptionRules } from "../graph/check_options.ts";
import { checkPlan } from "../graph/check_plan.ts";
import { ShapeError } from "../graph/errors.ts";
import { slotsReadBy, slotsWrittenBy } from "../graph/kernel.ts";
import type { Backend, Plan } from "../graph/plan.ts";
import type { TensorType } from "../graph/types.ts";
import { resolveBackend } from "./backend.ts";
import { type Binding, BoundPlan } from "./bound_plan.ts";
import { Compiled } from "./compiled.ts";
import { ProgramError } from "./errors.ts";
import { decodeProgram } from "./file.ts";
import type { StoredProgram } from "./stored_program.ts";

/** Options for `loadProgram`. */
export interface LoadProgramOptions {
  /** Backend to run on. Default: the one set by `setBackend`. */
  readonly backend?: Backend;
}

const rules: OptionRules<LoadProgramOptions> = { backend: optional(anything) };

/**
 * Loads a program that was written by `exportProgram`, and compiles it for a backend. It behaves as
 * the result of `compile` with the same function would, and starts with the values that the
 * variables had. It has variables of its own: what it updates is freed with it.
 *
 * @param bytes a file of `exportProgram`. It may come from anywhere: a damaged or forged file is
 *   refused, and no program accesses memory other than its own. How much memory and time a program
 *   takes is up to it.
 * @throws {ProgramError} if the file is not valid, or the backend's limits do not allow the program
 * @throws {GraphError} if there is no backend
 */
export async function loadProgram(
  bytes: Uint8Array<ArrayBuffer>,
  options: LoadProgramOptions = {},
): Promise<Compiled<string, string>> {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot load program: it needs the bytes of a file, as a Uint8Array: current is ${
        formatFound(bytes)
      }`,
    );
  }
  checkOptions("load program", options, rules);
  const backend = resolveBackend(options.backend);
  const program = await decodeProgram(bytes);
  const { plan, inputs, outputs } = program;
  checkLimits(plan, backend);
  const bindings = bindingsOf(program);
  const outputTypes = Array.from(outputs.values(), ({ dtype }) => dtype);
  const bound = await BoundPlan.create({ plan, bindings, outputTypes }, backend);
  const types = Array.from(inputs, ([name, { type }]): [string, TensorType] => [name, type]);
  return new Compiled(bound, Object.fromEntries(types), [...outputs.keys()]);
}

function bindingsOf({ inputs, outputs, values }: StoredProgram): Map<number, Binding> {
  const bindings = new Map<number, Binding>();
  for (const [name, { slot }] of inputs) {
    if (slot !== undefined) bindings.set(slot, { kind: "input", name });
  }
  for (const { slot, data } of values) bindings.set(slot, { kind: "constant", data });
  Array.from(outputs.values(), ({ slot }, index) => bindings.set(slot, { kind: "output", index }));
  return bindings;
}

/** Checks that a backend can run a plan that was lowered for others. */
function checkLimits(plan: Plan, { name, limits }: Backend): void {
  const refuse = (why: string, cause?: unknown): never => {
    throw new ProgramError(
      `Cannot load program "${plan.label}" on this ${name} backend: ${why}: export it again, with a ` +
        `backend like this one as its target, or without a target`,
      { cause },
    );
  };
  for (const { kernels } of plan.dispatches) {
    const slots = new Set(
      kernels.flatMap((kernel) => [...slotsReadBy(kernel), ...slotsWrittenBy(kernel)]),
    );
    if (slots.size <= limits.slotsPerDispatch) continue;
    refuse(
      `a dispatch may access ${limits.slotsPerDispatch} values: current "${
        kernels.map(({ label }) => label).join(", ")
      }" accesses ${slots.size}`,
    );
  }
  try {
    checkPlan(plan, limits);
  } catch (error) {
    if (error instanceof ShapeError) refuse(error.message, error);
    throw error;
  }
}
