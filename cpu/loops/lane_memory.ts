/** Addresses and loads of four lanes: contiguous, broadcast, strided, or scattered. */
import type { Local } from "../wasm/function_builder.ts";
import { isInside } from "./bounds.ts";
import type { Form } from "./index_emitter.ts";
import type { LaneHost } from "./lane_host.ts";
import { linearForm, type LoadValue, type Term, type Value } from "./value.ts";

/** The addresses of the lanes' elements. */
type Access =
  /** Elements `stride` apart; the first at `form` + `byteOffset`. */
  | { readonly kind: "strided"; readonly form: Form; readonly stride: number }
  /** Each lane has its own index: the part that lanes share, and the terms that differ. */
  | {
    readonly kind: "scattered";
    readonly shared: Form;
    readonly own: readonly Term[];
    readonly constant: number;
  };

/** How lanes read or write element `index` of a slot. */
export function accessOf(e: LaneHost, slot: number, index: Value): Access {
  const { terms, constant } = linearForm(index);
  if (terms.some(({ atom }) => atom.kind !== "axis" && e.varies(atom))) {
    const own = terms.filter(({ atom }) => e.varies(atom));
    const shared = e.index.addressForm(slot, terms.filter((term) => !own.includes(term)));
    return { kind: "scattered", shared, own, constant };
  }
  const along = terms.find(({ atom }) => atom.kind === "axis" && atom.axis === e.lanes.axis);
  return {
    kind: "strided",
    form: e.index.addressForm(slot, terms),
    stride: along?.coefficient ?? 0,
  };
}

/** Pushes the loaded lanes; a boolean becomes a mask and a `u8` an `i32`. */
export function emitLoad(e: LaneHost, load: LoadValue): void {
  const { slot, index } = load;
  if (e.slotType(slot).elementCount === 0) {
    e.f.i32x4(0); // only reached in branches that are never taken
    return;
  }
  const access = accessOf(e, slot, index);
  if (access.kind === "scattered") emitGather(e, load);
  else if (isInside(e, slot, index)) {
    const elements = elementOffset(e, index, access.stride);
    const address = emitAddress(e, access.form, elements * e.bytesPerElement(slot));
    emitStridedLoad(e, slot, { ...address, stride: access.stride });
  } else if (access.stride === 0 || access.stride === 1) {
    emitStridedLoad(e, slot, { ...clampedAddress(e, load, access.stride), stride: access.stride });
  } else emitGather(e, load);
  if (e.slotType(slot).dtype === "bool") e.f.i32x4(0).op("i32x4.ne");
}

/** Pushes an element that all lanes share as an `i32`. */
export function emitScalarLoad(e: LaneHost, load: LoadValue): void {
  const { slot, index } = load;
  if (e.slotType(slot).elementCount === 0) {
    e.f.i32(0);
    return;
  }
  const { terms, constant } = linearForm(index);
  const { local, offset } = isInside(e, slot, index)
    ? emitAddress(e, e.index.addressForm(slot, terms), constant * e.bytesPerElement(slot))
    : clampedAddress(e, load, 0);
  const { dtype } = e.slotType(slot);
  e.f.get(local).memory(dtype === "u8" ? "i32.load8_u" : "i32.load", offset);
}

interface Address {
  readonly local: Local;
  readonly offset: number;
}

/** Elements from the part of an address in locals to the first lane of the current copy. */
export function elementOffset(e: LaneHost, index: Value, stride: number): number {
  return linearForm(index).constant + 4 * e.copy * stride;
}

/**
 * Emits an address. A constant becomes the instruction's offset if the sum without it is a valid
 * address.
 */
export function emitAddress(e: LaneHost, form: Form, byteOffset: number): Address {
  const local = e.index.partial(form);
  if (!local) throw new Error("Internal: an address without a base");
  if (byteOffset >= 0 && form.isNeverNegative) return { local, offset: byteOffset };
  const sum = e.f.local("i32");
  e.f.get(local).i32(byteOffset).op("i32.add").set(sum);
  return { local: sum, offset: 0 };
}

/**
 * An address that is safe to read for any index. Lanes whose own index is inside still get their
 * element: four adjacent elements that overlap the slot are not moved, because every buffer has
 * slack on both sides.
 */
function clampedAddress(e: LaneHost, { slot, index }: LoadValue, stride: 0 | 1): Address {
  const { f } = e;
  const [position, address] = f.locals("i32", 2);
  const last = e.slotType(slot).elementCount - 1;
  e.index.push(index);
  if (stride === 1) f.i32(4 * e.copy).op("i32.add");
  const first = -3 * stride;
  f.setAtMost(position, last);
  f.get(position).i32(first).get(position).i32(first).op("i32.gt_s", "select");
  if (e.bytesPerElement(slot) === 4) f.i32(2).op("i32.shl");
  f.get(e.pointer(slot)).op("i32.add").set(address);
  return { local: address, offset: 0 };
}

/** Elements `stride` apart; `local` + `offset` is the address of the first. */
export type Run = Address & { readonly stride: number };

function emitStridedLoad(e: LaneHost, slot: number, run: Run): void {
  const { local, offset, stride } = run;
  const { f } = e;
  const narrow = e.slotType(slot).dtype === "u8";
  if (stride === 0) {
    f.get(local);
    if (narrow) f.memory("i32.load8_u", offset).op("i32x4.splat");
    else f.memory("v128.load32_splat", offset);
  } else if (stride === 1) {
    f.get(local);
    if (narrow) {
      f.memory("v128.load32_zero", offset).i32x4(0);
      f.shuffle([0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16]);
    } else f.memory("v128.load", offset);
  } else emitLanes(e, slot, (lane) => laneOfRun(e, slot, run, lane));
}

/**
 * Pushes the address of one lane of a run, and returns the remaining offset. With a negative stride,
 * the last lane has the lowest address.
 */
export function laneOfRun(
  e: LaneHost,
  slot: number,
  { local, offset, stride }: Run,
  lane: number,
): number {
  const bytes = stride * e.bytesPerElement(slot);
  if (offset + lane * bytes >= 0 && bytes >= 0) {
    e.f.get(local);
    return offset + lane * bytes;
  }
  e.f.get(local).i32(offset + lane * bytes).op("i32.add");
  return 0;
}

/** Builds a vector lane by lane; `pushAddress` pushes an address and returns an offset. */
function emitLanes(
  e: LaneHost,
  slot: number,
  pushAddress: (lane: number) => number,
): void {
  const { f } = e;
  const vector = f.local("v128");
  const narrow = e.slotType(slot).dtype === "u8";
  for (let lane = 0; lane < e.active; lane++) {
    if (narrow) {
      if (lane > 0) f.get(vector);
      const offset = pushAddress(lane);
      f.memory("i32.load8_u", offset);
      if (lane === 0) f.op("i32x4.splat");
      else f.lane("i32x4.replace_lane", lane);
    } else {
      const offset = pushAddress(lane);
      if (lane === 0) f.memory("v128.load32_zero", offset);
      else f.get(vector).memoryLane("v128.load32_lane", lane, offset);
    }
    f.set(vector);
  }
  f.get(vector);
}

/**
 * Keeps the offset of each lane's element from the shared address, so that a loop that does not
 * change it needs one addition per lane. Returns whether that is possible here.
 */
export function keepLaneOffsets(e: LaneHost, slot: number, index: Value): boolean {
  const access = accessOf(e, slot, index);
  if (access.kind !== "scattered" || !isInside(e, slot, index)) return false;
  const { own, constant } = access;
  if (!own.every(({ atom }) => e.available(atom))) return false;
  if (laneOffsets(e, slot, access)) return true;
  const { f } = e;
  const offsets = f.local("v128");
  e.pushSum({ constant, terms: own });
  if (e.bytesPerElement(slot) === 4) f.i32(2).op("i32x4.shl");
  f.set(offsets);
  for (let lane = 0; lane < e.active; lane++) {
    const offset = f.local("i32");
    f.get(offsets).lane("i32x4.extract_lane", lane).set(offset);
    e.scopes.keep(laneKey(e, slot, access, lane), offset);
  }
  return true;
}

type Scattered = Extract<Access, { kind: "scattered" }>;

function laneKey(e: LaneHost, slot: number, { own, constant }: Scattered, lane: number): string {
  const sum = e.index.integerForm(own).key;
  return `o${e.bytesPerElement(slot)}${sum}+${constant}.${e.copy}.${lane}`;
}

/** The active lanes' offsets, if they have been kept. */
function laneOffsets(e: LaneHost, slot: number, access: Scattered): Local[] | undefined {
  const offsets: Local[] = [];
  for (let lane = 0; lane < e.active; lane++) {
    const offset = e.scopes.find(laneKey(e, slot, access, lane));
    if (!offset) return undefined;
    offsets.push(offset);
  }
  return offsets;
}

function emitGather(e: LaneHost, { slot, index }: LoadValue): void {
  const { f } = e;
  const access = accessOf(e, slot, index);
  const offsets = access.kind === "scattered" ? laneOffsets(e, slot, access) : undefined;
  if (access.kind === "scattered" && offsets) {
    const { local } = emitAddress(e, access.shared, 0);
    emitLanes(e, slot, (lane) => {
      f.get(local, offsets[lane]!).op("i32.add");
      return 0;
    });
    return;
  }
  const indices = f.local("v128");
  e.push(index);
  if (!isInside(e, slot, index)) {
    f.i32x4(0).op("i32x4.max_s").i32x4(e.slotType(slot).elementCount - 1).op("i32x4.min_s");
  }
  f.set(indices);
  emitLanes(e, slot, (lane) => pushLaneAddress(e, slot, { indices, lane }));
}

/** Pushes the address of the element whose index is in one lane; returns the remaining offset. */
export function pushLaneAddress(
  e: LaneHost,
  slot: number,
  { indices, lane }: { indices: Local; lane: number },
): number {
  e.f.get(e.pointer(slot), indices).lane("i32x4.extract_lane", lane);
  if (e.bytesPerElement(slot) === 4) e.f.i32(2).op("i32.shl");
  e.f.op("i32.add");
  return 0;
}
