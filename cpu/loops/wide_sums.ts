/** The sums (or the like) of loops over wide vectors. */
import { Unsupported, type ValueId, type VectorOp } from "../native/vector_loop.ts";
import type { Nest } from "./nest.ts";
import { emitIdentity } from "./reduction.ts";
import type { Value } from "./value.ts";
import type { WideBuilder } from "./wide_builder.ts";
import type { WideValues } from "./wide_values.ts";

/** How reductions combine two vectors by one instruction. */
const combineOps: Readonly<Record<string, VectorOp>> = {
  "sum f32": "f32x4.add",
  "sum i32": "i32x4.add",
  "sum u32": "i32x4.add",
  "prod f32": "f32x4.mul",
  "max i32": "i32x4.max_s",
  "min i32": "i32x4.min_s",
};

/** How other reductions do it; the rest has no form here. */
const extremes: Readonly<Record<string, "f32x4.max" | "f32x4.min">> = {
  "max f32": "f32x4.max",
  "min f32": "f32x4.min",
};

/** What sums are made with. */
export interface SumParts {
  readonly builder: WideBuilder;
  readonly values: WideValues;
}

/** A sum of each copy. */
interface Sum {
  readonly op: VectorOp | "f32x4.max" | "f32x4.min";
  readonly into: readonly ValueId[];
  readonly value: Value;
}

/** Defines sums, one for each copy. */
export function startSums(parts: SumParts, reductions: Nest["reductions"]): readonly Sum[] {
  return reductions.map((reduction) => {
    const { combine, value } = reduction;
    const name = `${combine} ${value.type}`;
    const op = combineOps[name] ?? extremes[name];
    if (!op) throw new Unsupported("a reduction");
    const into: ValueId[] = [];
    parts.values.forEachCopy(() => into.push(startOf(parts, reduction)));
    return { op, into, value };
  });
}

/** A sum's first value. It is a value of its own, because it changes. */
function startOf(
  { builder, values }: SumParts,
  { combine, value }: Nest["reductions"][number],
): ValueId {
  emitIdentity(values.f, combine, value.type);
  const literal = values.f.popValue();
  return builder.defineChanged({ kind: "op", op: "v128.and", args: [literal, literal] });
}

/** Adds the current values to sums. */
export function combineSums(parts: SumParts, sums: readonly Sum[]): void {
  parts.values.forEachCopy((copy) => {
    const values = sums.map(({ value }) => parts.values.translate(value));
    sums.forEach(({ op, into }, r) => combineOne(parts, op, [into[copy]!, values[r]!]));
  });
}

function combineOne(
  { builder, values }: SumParts,
  op: Sum["op"],
  [into, value]: readonly [into: ValueId, value: ValueId],
): void {
  if (op !== "f32x4.max" && op !== "f32x4.min") {
    builder.push({ kind: "combine", op, into, value });
    return;
  }
  const extreme = values.f.pushValue(into).pushValue(value).op(op).popValue();
  builder.push({ kind: "combine", op: "replace", into, value: extreme });
}
