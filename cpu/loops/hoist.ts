/** Loop-invariant code motion: computes what a loop does not change before the loop. */
import type { Local } from "../wasm/function_builder.ts";
import type { Form } from "./index_emitter.ts";
import type { LaneEmitter } from "./lane_emitter.ts";
import { isInside } from "./bounds.ts";
import { accessOf, keepLaneOffsets } from "./lane_memory.ts";
import type { ValueStore } from "./nest.ts";
import { linearForm, partsOf, type Value, visitValues } from "./value.ts";

/** The values and stores that the body of a loop computes. */
export interface Work {
  readonly values: readonly Value[];
  readonly stores: readonly ValueStore[];
}

/** Most literals to keep in locals across a loop. More would be spilled and reloaded. */
const KEPT_LITERALS = 8;

/** Computes everything in `work` that does not depend on the loop about to open. */
export function hoist(e: LaneEmitter, work: Work, copies: number): void {
  const seen = new Set<Value>();
  let literals = 0;
  const value = (v: Value): void => {
    if (seen.has(v) || e.kept(v)) return;
    seen.add(v);
    if (v.kind === "const") {
      if (literals++ < KEPT_LITERALS) e.keep(v);
    } else if (e.available(v) && v.kind !== "result") e.keep(v);
    else if (v.kind === "load") index(v.slot, v.index);
    else if (v.kind === "linear") integer(v);
    else partsOf(v).forEach(value);
  };
  const integer = (v: Value): void => {
    const { terms } = linearForm(v);
    const uniform = terms.filter(({ atom }) => atom.kind === "axis" || !e.varies(atom));
    e.index.partial(e.index.integerForm(uniform));
    terms.filter((term) => !uniform.includes(term)).forEach(({ atom }) => value(atom));
  };
  const index = (slot: number, v: Value): void => {
    const access = accessOf(e, slot, v);
    if (access.kind === "scattered") {
      if (keepLaneOffsets(e, slot, v)) e.index.partial(access.shared);
      else value(v);
    } else if (isInside(e, slot, v)) e.index.partial(access.form);
    else integer(v);
  };
  for (let copy = 0; copy < copies; copy++) {
    e.copy = copy;
    seen.clear();
    work.values.forEach(value);
    for (const store of work.stores) {
      value(store.value);
      index(store.slot, store.index);
    }
  }
  e.copy = 0;
}

/** Computes the values that all lanes and copies share. */
export function keepUniform(e: LaneEmitter, values: readonly Value[]): void {
  visitValues(values, (v) => {
    if (v.type === "f32" && v.kind === "apply" && !e.varies(v) && e.available(v)) e.keep(v);
  });
}

/** An induction variable: a sum that grows by `step` in each iteration of a loop. */
export interface Induction {
  readonly key: string;
  readonly sum: Local;
  readonly step: number;
}

/** The index sums in `work` that a loop along `axis` can keep as induction variables. */
export function inductionsOf(e: LaneEmitter, work: Work, axis: number): Map<Form, number> {
  const found = new Map<string, { form: Form; step: number }>();
  const add = (form: Form): void => {
    const step = form.terms.find(({ atom }) => atom.kind === "axis" && atom.axis === axis);
    if (step) found.set(form.key, { form, step: step.coefficient });
  };
  const seen = new Set<Value>();
  const visit = (v: Value): void => {
    if (seen.has(v) || e.kept(v)) return;
    seen.add(v);
    if (v.kind === "load") index(v.slot, v.index);
    else if (v.kind === "linear") integer(v);
    else partsOf(v).forEach(visit);
  };
  const integer = (v: Value): void => {
    const { terms } = linearForm(v);
    add(e.index.integerForm(terms.filter(({ atom }) => atom.kind === "axis" || !e.varies(atom))));
    terms.forEach(({ atom }) => visit(atom));
  };
  const index = (slot: number, v: Value): void => {
    const access = accessOf(e, slot, v);
    const form = access.kind === "strided"
      ? isInside(e, slot, v) ? access.form : undefined
      : keepLaneOffsets(e, slot, v)
      ? access.shared
      : undefined;
    if (!form) {
      integer(v);
      return;
    }
    add(form);
    form.terms.forEach(({ atom }) => visit(atom));
  };
  work.values.forEach(visit);
  for (const store of work.stores) {
    visit(store.value);
    index(store.slot, store.index);
  }
  return new Map([...found.values()].map(({ form, step }) => [form, step]));
}
