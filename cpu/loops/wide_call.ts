/** Emits calls of loops over wide vectors. */
import type { NativeProgram } from "../native/native_program.ts";
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import type { Guard } from "../wasm/guard.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import type { Position } from "./scopes.ts";
import type { WideAccess, WideLoop, WidePointer } from "./wide_form.ts";

/** Where the loops of a call start, and how long they are. */
export interface WideCall {
  /** Position of each axis of the loops at their first iteration. */
  readonly start: ReadonlyMap<number, Position>;
  /** Iterations of the loop around the vectors, if there is one, and elements along them. */
  readonly rows?: Operand;
  readonly count: Operand;
  /** Address of the first sum, if the loops read sums. */
  readonly sums?: Local;
}

/** Emits a call. In guarded code, checks the memory that it will access. */
export function emitWideCall(
  e: LaneEmitter,
  native: NativeProgram,
  { wide, call }: { wide: WideLoop; call: WideCall },
): void {
  e.scopes.within(call.start, new Map(), () =>
    ifAny(e.f, call, () => {
      const pointers = wide.pointers.map((pointer, i) => {
        const address = emitPointer(e, pointer, call.sums);
        const { guard } = e.f;
        return guard ? emitChecks(e, guard, { wide, call, i, address }) : address;
      });
      native.emitLoopCall(e.f, wide.code, () => {
        e.f.push(call.rows ?? 1);
        emitCounts(e, native, { count: call.count, copies: wide.copies });
        pointers.forEach((pointer) => e.f.push(pointer));
        wide.values.forEach((value) => e.push(value));
      });
    }));
}

/** Emits code that runs if there is at least one element. */
function ifAny(f: FunctionBuilder, { rows, count }: WideCall, body: () => void): void {
  const counts = [rows, count].filter((operand) => typeof operand === "object");
  const nested = (i: number): void => {
    const operand = counts[i];
    if (!operand) body();
    else f.get(operand).i32(0).op("i32.gt_s").if(() => nested(i + 1));
  };
  nested(0);
}

function emitPointer(
  e: LaneEmitter,
  { slot, terms, constant }: WidePointer,
  sums: Local | undefined,
): Operand {
  if (slot === "integer") return e.index.partial(e.index.integerForm(terms)) ?? 0;
  const address = slot === undefined ? sums : e.index.partial(e.index.addressForm(slot, terms));
  if (!address) throw new Error("Internal: a wide loop has no address");
  if (constant === 0) return address;
  const start = e.f.local("i32");
  e.f.get(address).i32(4 * constant).op("i32.add").set(start);
  return start;
}

/** Pushes the number of iterations, and the mask of the lanes after them or their number. */
function emitCounts(
  { f }: LaneEmitter,
  { lanes }: NativeProgram,
  { count, copies }: { count: Operand; copies: number },
): void {
  f.push(count).i32(Math.log2(lanes * copies)).op("i32.shr_u");
  const rest = () => f.push(count).i32(lanes - 1).op("i32.and");
  if (copies > 1) f.i32(0);
  else if (lanes === 16) {
    f.i32(1);
    rest().op("i32.shl").i32(1).op("i32.sub");
  } else rest();
}

/** Emits the checks of a pointer's accesses; gives its address in memory. */
function emitChecks(
  { f }: LaneEmitter,
  guard: Guard,
  { wide, call, i, address }: { wide: WideLoop; call: WideCall; i: number; address: Operand },
): Operand {
  const { steps, accesses } = wide.pointers[i]!;
  let place = address;
  for (const access of accesses) {
    const [byteLength, checked] = f.locals("i32", 2);
    emitLength(f, { wide, call, access, steps });
    f.set(byteLength).push(address).i32(access.from).op("i32.add");
    guard.span(f, access.kind, byteLength);
    f.i32(access.from).op("i32.sub").set(checked);
    place = checked;
  }
  return place;
}

/** Pushes the number of bytes that an access reaches in all iterations. */
function emitLength(
  f: LaneEmitter["f"],
  { wide, call, access, steps }: {
    wide: WideLoop;
    call: WideCall;
    access: WideAccess;
    steps: readonly number[];
  },
): void {
  f.i32(access.to - access.from);
  const grow = (turns: Operand, bytes: number): void => {
    if (bytes === 0) return;
    f.push(turns).i32(1).op("i32.sub").i32(bytes).op("i32.mul", "i32.add");
  };
  grow(call.count, access.perElement);
  wide.loops.forEach(({ size }, loop) => {
    grow(size ?? call.rows ?? 1, 4 * steps[loop]!);
  });
}
