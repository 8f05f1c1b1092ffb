/** Plans as JSON. */
import type { Dispatch, Plan, PlanLoop, Slot } from "../graph/plan.ts";
import { MOST_BYTES, MOST_ELEMENTS } from "../graph/sizes.ts";
import { byteLength, type DType, hostArrays, type TensorType } from "../graph/types.ts";
import type { Json } from "./json.ts";
import { kernelOf, kernelToJson, shapeOf, sizeOf } from "./kernels.ts";

/** A plan as JSON. */
export function planToJson(plan: Plan): Readonly<Record<string, unknown>> {
  const { slots, dispatches, ...rest } = plan;
  return {
    ...rest,
    slots: slots.map(({ type, ...slot }) => ({ ...slot, ...type })),
    dispatches: dispatches.map(({ kernels }) => kernels.map(kernelToJson)),
  };
}

/**
 * Reads a plan. It has the form of one, and its slots and loops can be followed; what its kernels
 * access is for `verifyUntrusted`.
 */
export function planOf(json: Json): Plan {
  const fields = json.fields(
    ["label", "slots", "dispatches", "memories"],
    ["loops", "keptBytes"],
  );
  const dispatches = fields.dispatches.items().map((kernels): Dispatch => ({
    kernels: kernels.items().map(kernelOf),
  }));
  const list = fields.slots.items();
  const slots = list.map(slotOf);
  slots.forEach((slot, i) => checkBase(slot, slots, list[i]!));
  return {
    label: fields.label.text(),
    slots,
    dispatches,
    memories: memoriesOf(fields.memories, slots),
    ...(fields.loops && { loops: loopsOf(fields.loops, { from: 0, to: dispatches.length }) }),
    ...(fields.keptBytes && { keptBytes: fields.keptBytes.whole(0, Number.MAX_SAFE_INTEGER) }),
  };
}

const dtypes = Object.keys(hostArrays) as readonly DType[];

/** Reads a dtype. */
export function dtypeOf(json: Json): DType {
  return json.oneOf(dtypes);
}

/** Reads the type of a value. */
export function typeOf({ dtype, shape }: Readonly<Record<"dtype" | "shape", Json>>): TensorType {
  return { dtype: dtypeOf(dtype), shape: shapeOf(shape) };
}

function slotOf(json: Json): Slot {
  const kind = json.field("kind").oneOf(["external", "temporary", "window"]);
  const common = ["kind", "label", "dtype", "shape"] as const;
  switch (kind) {
    case "external": {
      const { label, ...type } = json.fields(common);
      return { kind, label: label.text(), type: typeOf(type) };
    }
    case "temporary": {
      const { label, memory, ...type } = json.fields([...common, "memory"]);
      return { kind, label: label.text(), type: typeOf(type), memory: sizeOf(memory) };
    }
    case "window": {
      const { label, depth, base, start, stride, ...type } = json.fields([
        ...[...common, "depth", "base", "start", "stride"] as const,
      ]);
      return {
        kind,
        label: label.text(),
        type: typeOf(type),
        depth: sizeOf(depth),
        base: sizeOf(base),
        start: sizeOf(start),
        stride: stride.whole(-MOST_ELEMENTS, MOST_ELEMENTS),
      };
    }
  }
}

/** A window is a part of a slot of its type, and in the end of one that is not a window. */
function checkBase(slot: Slot, slots: readonly Slot[], json: Json): void {
  if (slot.kind !== "window") return;
  const base = slots[slot.base];
  const isOuter = base && (base.kind !== "window" || base.depth < slot.depth);
  if (isOuter && base.type.dtype === slot.type.dtype && slot.type.dtype !== "u8") return;
  json.fail("a window of a slot of its type, or of a window of a loop around its own");
}

/** Each memory has the size of the largest temporary in it. */
function memoriesOf(json: Json, slots: readonly Slot[]): number[] {
  const sizes: (number | undefined)[] = [];
  for (const slot of slots) {
    if (slot.kind !== "temporary") continue;
    sizes[slot.memory] = Math.max(sizes[slot.memory] ?? 0, byteLength(slot.type));
  }
  const memories = json.items().map((bytes) => bytes.whole(0, MOST_BYTES));
  const isExact = memories.every((bytes, i) => bytes === sizes[i]);
  return isExact && memories.length === sizes.length
    ? memories
    : json.fail("the bytes of the largest temporary of each memory");
}

function loopsOf(json: Json, { from, to }: Pick<PlanLoop, "from" | "to">): PlanLoop[] {
  let next = from;
  return json.items().map((each): PlanLoop => {
    const fields = each.fields(["label", "from", "to", "turns"], ["loops"]);
    const first = fields.from.whole(next, to);
    next = fields.to.whole(first + 1, to);
    return {
      label: fields.label.text(),
      from: first,
      to: next,
      turns: fields.turns.whole(1, MOST_ELEMENTS),
      ...(fields.loops && { loops: loopsOf(fields.loops, { from: first, to: next }) }),
    };
  });
}
