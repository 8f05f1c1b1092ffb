/** Files of programs: safetensors with a checksum, whose metadata has the plan. */
import { decodeCheckedSafetensors, encodeCheckedSafetensors } from "../checkpoint/checksum.ts";
import { fromTyped, toTyped } from "../checkpoint/convert.ts";
import { quoteName } from "../checkpoint/errors.ts";
import { parseJson } from "../checkpoint/json.ts";
import type { SafetensorsDType, TensorData } from "../checkpoint/tensor_data.ts";
import { slotsWrittenBy } from "../graph/kernel.ts";
import type { Plan } from "../graph/plan.ts";
import { type DType, formatType, sameShape, sameType, type TensorType } from "../graph/types.ts";
import { verifyUntrusted } from "../graph/verify_untrusted.ts";
import { ProgramError } from "./errors.ts";
import { Json } from "./json.ts";
import { sizeOf } from "./kernels.ts";
import { dtypeOf, planOf, planToJson, typeOf } from "./plan_json.ts";
import type { StoredInput, StoredOutput, StoredProgram, StoredValue } from "./stored_program.ts";

/** The key of the plan in the metadata. */
const KEY = "gspace.program";

/** The version of the format. Other versions are refused. */
const VERSION = 1;

const dtypes: Readonly<Record<DType, SafetensorsDType>> = {
  f32: "F32",
  i32: "I32",
  u32: "U32",
  bool: "BOOL",
  u8: "U8",
};

/** Encodes a program as a file. */
export async function encodeProgram(program: StoredProgram): Promise<Uint8Array<ArrayBuffer>> {
  const { plan, inputs, outputs, values } = program;
  const tensors = new Map<string, TensorData>();
  const named = values.map(({ slot, data, isUpdated }) => {
    const { label, type: { dtype, shape } } = plan.slots[slot]!;
    const tensor = freeName(label, slot, tensors);
    tensors.set(tensor, { ...fromTyped(data, shape), dtype: dtypes[dtype] });
    return { slot, tensor, isUpdated };
  });
  const json = {
    version: VERSION,
    plan: planToJson(plan),
    inputs: Array.from(inputs, ([name, { type, ...slot }]) => ({ name, ...type, ...slot })),
    outputs: Array.from(outputs, ([name, output]) => ({ name, ...output })),
    values: named,
  };
  return await encodeCheckedSafetensors(tensors, { [KEY]: JSON.stringify(json).toWellFormed() });
}

/** The label of a value, with its slot if another one has it. */
function freeName(label: string, slot: number, taken: ReadonlyMap<string, unknown>): string {
  const name = label.toWellFormed();
  return name === "" || name.startsWith("__") || taken.has(name) ? `${name}#${slot}` : name;
}

/**
 * Decodes a file. What it returns can be run: nothing in it leads outside of its slots.
 * @throws {ProgramError} naming the place
 */
export async function decodeProgram(bytes: Uint8Array<ArrayBuffer>): Promise<StoredProgram> {
  try {
    return await decode(bytes);
  } catch (cause) {
    if (cause instanceof ProgramError || !(cause instanceof Error)) throw cause;
    throw new ProgramError(`Cannot read program: ${cause.message}`, { cause });
  }
}

async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<StoredProgram> {
  const { tensors, metadata, isChecked } = await decodeCheckedSafetensors(bytes);
  const text = metadata.get(KEY);
  if (text === undefined || !isChecked) {
    const missing = text === undefined ? KEY : "checksum";
    throw new ProgramError(
      `Cannot read program: it must be a file of exportProgram, with its metadata: missing ${missing}`,
    );
  }
  const json = new Json(parseJson(text), "program");
  json.field("version").whole(VERSION, VERSION);
  const fields = json.fields(["version", "plan", "inputs", "outputs", "values"]);
  const plan = planOf(fields.plan);
  const slots = new ExternalSlots(plan);
  const program: StoredProgram = {
    plan,
    inputs: byName(fields.inputs, (input) => inputOf(input, slots)),
    outputs: byName(fields.outputs, (output) => outputOf(output, slots)),
    values: valuesOf(fields.values, { slots, tensors }),
  };
  if (slots.count > 0) {
    fields.plan.fail(`one whose external slots are bound: ${slots.count} are not`);
  }
  verifyUntrusted(plan);
  verifyWrites(program);
  return program;
}

/** The external slots of a plan that are not bound yet. */
class ExternalSlots {
  readonly #types: Map<number, TensorType>;

  constructor({ slots }: Plan) {
    const external = slots.flatMap((slot, i) =>
      slot.kind === "external" ? [[i, slot.type] as const] : []
    );
    this.#types = new Map(external);
  }

  get count(): number {
    return this.#types.size;
  }

  /** Takes a slot, and returns it and its type. */
  take(json: Json): { readonly slot: number; readonly type: TensorType } {
    const slot = sizeOf(json);
    const type = this.#types.get(slot) ?? json.fail("an external slot that nothing else has");
    this.#types.delete(slot);
    return { slot, type };
  }
}

function byName<T>(json: Json, read: (json: Json) => T): Map<string, T> {
  const result = new Map<string, T>();
  for (const each of json.items()) {
    const name = each.field("name").text();
    if (result.has(name)) each.fail("one of distinct names");
    result.set(name, read(each));
  }
  return result;
}

function inputOf(json: Json, slots: ExternalSlots): StoredInput {
  const fields = json.fields(["name", "dtype", "shape"], ["slot"]);
  const type = typeOf(fields);
  if (!fields.slot) return { type };
  const found = slots.take(fields.slot);
  return sameType(found.type, type) ? { type, slot: found.slot } : json.fail("of its slot's type");
}

function outputOf(json: Json, slots: ExternalSlots): StoredOutput {
  const fields = json.fields(["name", "dtype", "slot"]);
  const dtype = dtypeOf(fields.dtype);
  const { slot, type } = slots.take(fields.slot);
  return type.dtype === (dtype === "u8" ? "i32" : dtype)
    ? { dtype, slot }
    : json.fail("of its slot's dtype");
}

function valuesOf(
  json: Json,
  { slots, tensors }: { slots: ExternalSlots; tensors: ReadonlyMap<string, TensorData> },
): StoredValue[] {
  const unused = new Map(tensors);
  const values = json.items().map((each): StoredValue => {
    const fields = each.fields(["slot", "tensor", "isUpdated"]);
    const name = fields.tensor.text();
    const tensor = unused.get(name) ?? fields.tensor.fail("a tensor that nothing else has");
    unused.delete(name);
    const { slot, type } = slots.take(fields.slot);
    if (tensor.dtype !== dtypes[type.dtype] || !sameShape(tensor.shape, type.shape)) {
      each.fail(`${formatType(type)}, as its slot`);
    }
    return { slot, data: toTyped(tensor), isUpdated: fields.isUpdated.flag() };
  });
  const [extra] = unused.keys();
  return extra === undefined ? values : json.fail(`all tensors: missing ${quoteName(extra)}`);
}

/** Checks that kernels write no inputs and no constants. */
function verifyWrites({ plan, outputs, values }: StoredProgram): void {
  const writable = new Set(Array.from(outputs.values(), ({ slot }) => slot));
  for (const { slot, isUpdated } of values) if (isUpdated) writable.add(slot);
  const isWritable = (number: number): boolean => {
    const slot = plan.slots[number]!;
    if (slot.kind === "window") return isWritable(slot.base);
    return slot.kind === "temporary" || writable.has(number);
  };
  for (const kernel of plan.dispatches.flatMap(({ kernels }) => kernels)) {
    const wrong = [...slotsWrittenBy(kernel)].find((slot) => !isWritable(slot));
    if (wrong === undefined) continue;
    throw new ProgramError(
      `Cannot read program: only outputs and variables are written: current kernel ` +
        `"${kernel.label}" writes "${plan.slots[wrong]!.label}"`,
    );
  }
}
