/**
 * Loading tensors into a model by name, as PyTorch's `load_state_dict` does, with a report.
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

/** A variable that can be given a value. */
export interface StateVariable {
  /** Its element type and shape. */
  readonly type: TensorType;
  /** Gives it a value. */
  assign(data: HostArray): void;
}

/** What can be loaded into: every `Module` is one. */
export interface Stateful {
  /** The variables by name. */
  state(): ReadonlyMap<string, StateVariable>;
}

/** How names are matched. */
export interface LoadStateOptions {
  /**
   * Must all names and shapes be those of the model? Yes unless told. Otherwise what fits is
   * loaded and the rest left as it is; a wrong shape, which PyTorch refuses even then, counts as
   * one that does not fit.
   */
  readonly strict?: boolean;
  /** Taken off the names of the tensors, as `module.`, which PyTorch's DataParallel puts there. */
  readonly prefix?: string;
}

/** A tensor that has another shape than the variable of its name. */
export interface ShapeMismatch {
  /** The name that both have. */
  readonly name: string;
  /** Type of the variable, as text. */
  readonly expected: string;
  /** Type of the tensor, as text. */
  readonly found: string;
}

/** What became of each name. */
export interface LoadReport {
  /** Variables that get a value. */
  readonly loaded: readonly string[];
  /** Variables without a tensor. */
  readonly missing: readonly string[];
  /** Tensors without a variable. */
  readonly unexpected: readonly string[];
  /** Tensors of another shape than their variable. */
  readonly mismatched: readonly ShapeMismatch[];
  /** Tensors that nothing depends on: PyTorch's counters of batches. */
  readonly ignored: readonly string[];
  /** How many loaded tensors were converted, by their dtype. */
  readonly converted: ReadonlyMap<string, number>;
  /** A prefix with which more names would be those of the model, if there is one. */
  readonly suggestedPrefix: string | undefined;
}

/** Names or shapes of tensors are not those of the model. */
export class StateDictError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "StateDictError";
  /** What became of each name. */
  readonly report: LoadReport;

  /** Makes the error. */
  constructor(message: string, report: LoadReport, options?: ErrorOptions) {
    super(message, options);
    this.report = report;
  }
}

/**
 * Gives a model's variables the values of tensors of the same names: all or, if it throws, none.
 * F64, F16, BF16 and integers are converted.
 *
 * @throws {StateDictError} if names or shapes differ and `strict` is on, or if nothing fits
 *
 * @example The last layer of another size is left as it is
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
 * The values that variables would be given, which are left as they are.
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
      ? "names and shapes must be those of the model"
      : "at least one name and shape must be those of the model";
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

/** The tensors by the names that they have without a prefix; others keep theirs. */
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

/** PyTorch counts batches in its normalisation layers; nothing here depends on the number. */
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

/** Names that an error shows, which is one line, and a report. */
const [FEW, MANY] = [4, 12];

function list(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map(quoteName).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function describe({ name, expected, found }: ShapeMismatch): string {
  return `${quoteName(name)} is ${found} instead of ${expected}`;
}

/** The differences in one line. */
function differences({ missing, unexpected, mismatched, suggestedPrefix }: LoadReport): string {
  const shapes = mismatched.slice(0, FEW).map(describe).join(", ");
  const more = mismatched.length - FEW;
  return [
    ...(missing.length > 0 ? [`missing are ${list(missing, FEW)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected are ${list(unexpected, FEW)}`] : []),
    ...(mismatched.length > 0 ? [more > 0 ? `${shapes} and ${more} more shapes` : shapes] : []),
    ...(suggestedPrefix === undefined
      ? []
      : [`names fit once the prefix ${quoteName(suggestedPrefix)} is taken off`]),
  ].join("; ");
}

/** What became of the names, for people: a line for each kind of which there are some. */
export function formatLoadReport(report: LoadReport): string {
  const { loaded, missing, unexpected, mismatched, ignored, converted } = report;
  const shapes = mismatched.map(describe);
  const lines = [
    `${loaded.length} of ${loaded.length + missing.length + mismatched.length} tensors loaded`,
    ...(missing.length > 0 ? [`  missing, left as they were: ${list(missing, MANY)}`] : []),
    ...(unexpected.length > 0 ? [`  unexpected, not used: ${list(unexpected, MANY)}`] : []),
    ...shapes.map((shape) => `  of another shape, not used: ${shape}`),
    ...[...converted].map(([dtype, count]) => `  converted: ${count} of ${dtype}`),
    ...(ignored.length > 0
      ? [`  ignored: ${ignored.length} × num_batches_tracked, on which nothing depends here`]
      : []),
  ];
  return lines.join("\n");
}
