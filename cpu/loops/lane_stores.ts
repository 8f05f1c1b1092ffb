/** Stores of four lanes: contiguous, single, strided, or scattered. */
import type { Local } from "../wasm/function_builder.ts";
import { checkLoads } from "./bounds.ts";
import type { LaneHost } from "./lane_host.ts";
import {
  accessOf,
  elementOffset,
  emitAddress,
  laneOfRun,
  pushLaneAddress,
  type Run,
} from "./lane_memory.ts";
import type { ValueStore } from "./nest.ts";

/**
 * Emits all stores. Computes all values first, because a store may overwrite what another value
 * loads.
 */
export function emitStores(e: LaneHost, stores: readonly ValueStore[]): void {
  checkLoads(e, stores.flatMap(({ value, index }) => [value, index]));
  const values = stores.map(({ value }) => {
    const local = e.f.local("v128");
    e.push(value);
    if (value.type === "bool") e.f.i32x4(1).op("v128.and");
    e.f.set(local);
    return local;
  });
  stores.forEach((store, i) => emitStore(e, store, values[i]!));
}

/** Writes the active lanes of `vector`, the finished value of the store. */
export function emitStore(e: LaneHost, { slot, index }: ValueStore, vector: Local): void {
  const access = accessOf(e, slot, index);
  if (access.kind === "scattered") {
    const indices = e.f.local("v128");
    e.push(index);
    e.f.set(indices);
    emitLaneStores(e, vector, (lane) => pushLaneAddress(e, slot, { indices, lane }));
    return;
  }
  const { form, stride } = access;
  const run = { ...emitAddress(e, form, 4 * elementOffset(e, index, stride)), stride };
  if (stride === 1) emitContiguousStore(e, vector, run);
  else if (stride === 0) {
    e.f.get(run.local, vector).memoryLane("v128.store32_lane", 0, run.offset);
  } else emitLaneStores(e, vector, (lane) => laneOfRun(e, slot, run, lane));
}

function emitContiguousStore(e: LaneHost, vector: Local, { local, offset }: Run): void {
  e.f.get(local, vector);
  if (e.active === 4) e.f.memory("v128.store", offset);
  else if (e.active === 1) e.f.memoryLane("v128.store32_lane", 0, offset);
  else e.f.memoryLane("v128.store64_lane", 0, offset);
  if (e.active === 3) {
    e.f.get(local, vector).memoryLane("v128.store32_lane", 2, offset + 8);
  }
}

function emitLaneStores(
  e: LaneHost,
  vector: Local,
  pushAddress: (lane: number) => number,
): void {
  for (let lane = 0; lane < e.active; lane++) {
    const offset = pushAddress(lane);
    e.f.get(vector).memoryLane("v128.store32_lane", lane, offset);
  }
}
