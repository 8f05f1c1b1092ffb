/** Bounds of loads, and checks that no element outside a slot is used. */
import type { Local } from "../wasm/function_builder.ts";
import type { LaneHost } from "./lane_host.ts";
import { type ApplyValue, type LoadValue, partsOf, type Value, visitValues } from "./value.ts";

/** Whether the index is known to be inside the slot. Other loads are clamped. */
export function isInside(e: LaneHost, slot: number, index: Value): boolean {
  const [min, max] = index.range;
  return min >= 0 && max < e.slotType(slot).elementCount;
}

/** The lanes in which a value is used: a mask, or all of them. */
type Used = Local | "always";

/**
 * In guarded code, checks loads that are clamped. In lanes where a `select` discards the element,
 * the index may be anything; elsewhere it must be inside the slot.
 */
export function checkLoads(e: LaneHost, roots: readonly Value[]): void {
  if (!e.f.guard) return;
  const order: Value[] = [];
  visitValues(roots, (value) => order.push(value));
  const isClamped = (value: Value): value is LoadValue =>
    value.kind === "load" && !isInside(e, value.slot, value.index);
  if (!order.some(isClamped)) return;
  const used = new Map<Value, Used>(roots.map((root) => [root, "always"]));
  for (const value of order.toReversed()) { // users before their operands
    const here = used.get(value)!;
    if (isClamped(value)) emitCheck(e, value, here);
    if (value.kind === "apply" && value.op === "select") noteBranches(e, value, used);
    else partsOf(value).forEach((part) => note(e, used, part, here));
  }
}

function noteBranches(e: LaneHost, value: ApplyValue, used: Map<Value, Used>): void {
  const [condition, whenTrue, whenFalse] = value.args as readonly [Value, Value, Value];
  const here = used.get(value)!;
  note(e, used, condition, here);
  const [taken, left] = e.f.locals("v128", 2);
  e.push(condition);
  e.f.set(taken);
  e.f.get(taken).op("v128.not").set(left);
  for (const mask of [taken, left]) {
    if (here !== "always") e.f.get(mask, here).op("v128.and").set(mask);
  }
  note(e, used, whenTrue, taken);
  note(e, used, whenFalse, left);
}

/** Records another use of a value. */
function note(e: LaneHost, used: Map<Value, Used>, value: Value, more: Used): void {
  const before = used.get(value);
  if (before === "always") return;
  if (before === undefined || more === "always") {
    used.set(value, more);
    return;
  }
  const both = e.f.local("v128");
  e.f.get(before, more).op("v128.or").set(both);
  used.set(value, both);
}

function emitCheck(e: LaneHost, { slot, index }: LoadValue, used: Used): void {
  const { f } = e;
  const [at, outside] = f.locals("v128", 2);
  e.push(index);
  f.tee(at).i32x4(e.slotType(slot).elementCount).op("i32x4.ge_u");
  if (used !== "always") f.get(used).op("v128.and");
  const lane = (i: number) => i < e.active ? -1 : 0;
  f.i32x4(lane(0), lane(1), lane(2), lane(3)).op("v128.and").tee(outside);
  f.op("v128.any_true").if(() => f.guard?.outside(f, { entry: slot, indices: at, outside }));
}
