/**
 * Loads tensors into a model by name, like PyTorch's `load_state_dict`, with a report.
 * @module
 */
import {
  anything,
  checkOptions,
  formatType,
  type HostArray,
  optional,
  type TensorType,
  trueOrFalse,
} from "../graph/mod.ts";
import { toFloat32, toInt32 } from "./convert.ts";
import { quoteName, SafetensorsError } from "./errors.ts";
import { suggestPrefix } from "./state_dict_prefix.ts";
import { describeTensor, type TensorData } from "./tensor_data.ts";

/** A variable that can be assigned. */
export interface StateVariable {
  /** Its element type and shape. */
  readonly type: TensorType;
  /** Assigns a value. */
  assign(data: HostArray): void;
}

/** An object with named variables, such as any `Module`. */
export interface Stateful {
  /** The variables by name. */
  state(): ReadonlyMap<string, StateVariable>;
}

/** Options for {@link loadStateDict}. */
export interface LoadStateOptions {
  /**
   * Whether all names and shapes must match those of the model. If false, matching tensors are
   * loaded and other variables are left unchanged; unlike in PyTorch, this includes tensors with
   * another shape. Default: true.
   */
  readonly strict?: boolean;
  /** Prefix to remove from the names of tensors, such as `module.` of PyTorch's DataParallel. */
  readonly prefix?: string;
}

/** A tensor whose shape differs from that of the variable with the same name. */
export interface ShapeMismatch {
  /** The name of both. */
  readonly name: string;
  /** Type of the variable, as text. */
  readonly expected: string;
  /** Type of the tensor, as text. */
  readonly found: string;
}

/** The outcome for each name. */
export interface LoadReport {
  /** Variables that were loaded. */
  readonly loaded: readonly string[];
  /** Variables without a tensor. */
  readonly missing: readonly string[];
  /** Tensors without a variable. */
  readonly unexpected: readonly string[];
  /** Tensors whose shape differs from that of their variable. */
  readonly mismatched: readonly ShapeMismatch[];
  /** Ignored tensors: PyTorch's batch counters. */
  readonly ignored: readonly string[];
  /** Number of converted tensors, by their dtype. */
  readonly converted: ReadonlyMap<string, number>;
  /** A prefix whose removal would make more names match, if there is one. */
  readonly suggestedPrefix: string | undefined;
}

/** The names or shapes of tensors do not match those of the model. */
export class StateDictError extends Error {
  /** Name of the class. */
  override readonly name = "StateDictError";
  /** The outcome for each name. */
  readonly report: LoadReport;

  /** Creates the error. */
  constructor(message: string, report: LoadReport, options?: ErrorOptions) {
    super(message, options);
    this.report = report;
  }
}

/**
 * Assigns the values of tensors to the model's variables of the same names. If it throws, no variable
 * changes. F64, F16, BF16, and integers are converted.
 *
 * @throws {StateDictError} if names or shapes differ and `strict` is true, or if nothing matches
 *
 * @example A last layer of another size is left unchanged
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fromTyped, initialize, Linear, loadStateDict, Sequential } from "@gspace/gspace";
 *
 * const model = initialize(new Sequential([new Linear(2, 2), new Linear(2, 3)]), { seed: 1 });
 * const tensors = new Map([
 *   ["0.weight", fromTyped(Float32Array.of(1, 2, 3, 4), [2, 2])],
 *   ["0.bias", fromTyped(Float32Array.of(5, 6), [2])],
 *   ["1.weight", fromTyped(new Float32Array(2 * 1000), [1000, 2])],
 * ]);
 * const report = loadStateDict(model, tensors, { strict: false });
 * assertEquals(report.loaded, ["0.weight", "0.bias"]);
 * assertEquals(report.missing, ["1.bias"]);
 * assertEquals(report.mismatched[0]?.found, "F32[1000, 2]");
 * ```
 */
export function loadStateDict(
  model: Stateful,
  tensors: ReadonlyMap<string, TensorData>,
  options: LoadStateOptions = {},
): LoadReport {
  const state = model.state();
  const { values, report } = matchStateDict(state, tensors, options);
  for (const [name, value] of values) state.get(name)?.assign(value);
  return report;
}

/**
 * Returns the values that {@link loadStateDict} would assign, without assigning them.
 * @throws {StateDictError} as {@link loadStateDict}
 */
export function matchStateDict(
  state: ReadonlyMap<string, Pick<StateVariable, "type">>,
  tensors: ReadonlyMap<string, TensorData>,
  options: LoadStateOptions = {},
): { readonly values: ReadonlyMap<string, HostArray>; readonly report: LoadReport } {
  checkOptions("load tensors", options, {
    strict: optional(trueOrFalse),
    prefix: optional(anything),
  });
  const { strict = true, prefix = "" } = options;
  const named = withoutPrefix(tensors, prefix);
  const report = compareNames(state, named);
  const { loaded, missing, unexpected, mismatched } = report;
  const differs = missing.length + unexpected.length + mismatched.length > 0;
  if (differs && (strict || loaded.length === 0)) {
    const rule = strict
      ? "names and shapes must match those of the model"
      : "at least one name and shape must match those of the model";
    throw new StateDictError(`Cannot load tensors: ${rule}: ${differences(report)}`, report);
  }
  const values = loaded.map((name) => {
    return [
      name,
      valueOf(name, state.get(name)!.type, { tensor: named.get(name)!, report }),
    ] as const;
  });
  return { values: new Map(values), report };
}

/** Removes a prefix from the names of tensors that have it. */
function withoutPrefix(
  tensors: ReadonlyMap<string, TensorData>,
  prefix: string,
): ReadonlyMap<string, TensorData> {
  if (prefix === "") return tensors;
  const kept = [...tensors].filter(([name]) => !name.startsWith(prefix));
  const renamed = [...tensors].flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : []
  );
  return new Map([...kept, ...renamed]);
}

/** Whether this is a batch counter of PyTorch's normalization layers, which is not needed here. */
function isCounter(name: string): boolean {
  return name === "num_batches_tracked" || name.endsWith(".num_batches_tracked");
}

function compareNames(
  state: ReadonlyMap<string, Pick<StateVariable, "type">>,
  tensors: ReadonlyMap<string, TensorData>,
): LoadReport {
  const loaded: string[] = [];
  const mismatched: ShapeMismatch[] = [];
  const converted = new Map<string, number>();
  for (const [name, { type }] of state) {
    const tensor = tensors.get(name);
    if (!tensor) continue;
    const { dtype, shape } = tensor;
    if (shape.join() !== type.shape.join()) {
      const found = describeTensor(dtype, shape);
      mismatched.push({ name, expected: formatType(type), found });
      continue;
    }
    loaded.push(name);
    if (dtype.toLowerCase() !== type.dtype) converted.set(dtype, (converted.get(dtype) ?? 0) + 1);
  }
  const others = [...tensors.keys()].filter((name) => !state.has(name));
  return {
    loaded,
    missing: [...state.keys()].filter((name) => !tensors.has(name)),
    unexpected: others.filter((name) => !isCounter(name)),
    mismatched,
    ignored: others.filter(isCounter),
    converted,
    suggestedPrefix: suggestPrefix(state, tensors.keys(), loaded.length),
  };
}

function valueOf(
  name: string,
  { dtype }: TensorType,
  { tensor, report }: { readonly tensor: TensorData; readonly report: LoadReport },
): HostArray {
  try {
    return dtype === "f32" ? toFloat32(tensor) : toInt32(tensor);
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    const message = `Cannot load tensor ${quoteName(name)}: ${cause.message}`;
    throw new StateDictError(message, report, { cause });
  }
}

/** Maximum number of names in an error, which is one line, and in a report. */
const [FEW, MANY] = [4, 12];

function list(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map(quoteName).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function describe({ name, expected, found }: ShapeMismatch): string {
  return `${quoteName(name)} is ${found} instead of ${expected}`;
}

/** Describes the differences in one line. */
function differences({ missing, unexpected, mismatched, suggestedPrefix }: LoadReport): string {
  const shapes = mismatched.slice(0, FEW).map(describe).join(", ");
  const more = mismatched.length - FEW;
  return [
    ...(missing.length > 0 ? [`missing are ${list(missing, FEW)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected are ${list(unexpected, FEW)}`] : []),
    ...(mismatched.length > 0 ? [more > 0 ? `${shapes} and ${more} more shapes` : shapes] : []),
    ...(suggestedPrefix === undefined
      ? []
      : [`names match without the prefix ${quoteName(suggestedPrefix)}`]),
  ].join("; ");
}

/** Formats a report, with a line for each nonempty list. */
export function formatLoadReport(report: LoadReport): string {
  const { loaded, missing, unexpected, mismatched, ignored, converted } = report;
  const shapes = mismatched.map(describe);
  const lines = [
    `${loaded.length} of ${loaded.length + missing.length + mismatched.length} tensors loaded`,
    ...(missing.length > 0 ? [`  missing, left unchanged: ${list(missing, MANY)}`] : []),
    ...(unexpected.length > 0 ? [`  unexpected, not used: ${list(unexpected, MANY)}`] : []),
    ...shapes.map((shape) => `  of another shape, not used: ${shape}`),
    ...[...converted].map(([dtype, count]) => `  converted: ${count} of ${dtype}`),
    ...(ignored.length > 0
      ? [`  ignored: ${ignored.length} × num_batches_tracked, which is not needed here`]
      : []),
  ];
  return lines.join("\n");
}
