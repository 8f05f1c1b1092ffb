import type { Graph } from "../graph.ts";
import type { Kernel, Store } from "../kernel.ts";
import { attrsOf, is, type Node } from "../node.ts";
import { constant, input, variable } from "../ops/source.ts";
import type { Dispatch, Plan, PlanLoop, Slot, Window } from "../plan.ts";
import { type Axis, s, type Scalar, scalarRewriter, scalarTypeOf } from "../scalar/mod.ts";
import { labelOf } from "../tags.ts";
import { byteLength, elementCount, type HostArray, type Shape } from "../types.ts";
import { kernelOfContraction } from "./contraction.ts";
import {
  type Draft,
  type DraftStore,
  draftValues,
  type ScanLoop,
  type Schedule,
  type SliceOf,
  wholeSpace,
} from "./draft.ts";
import { type Lifetime, planMemory } from "./memory.ts";

/** The binding of an external slot of a lowered plan. */
export type External =
  | { readonly kind: "variable"; readonly node: Node }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: HostArray }
  | { readonly kind: "output"; readonly index: number };

/** A plan and the bindings of its external slots. */
export interface Lowered {
  /** The program. */
  readonly plan: Plan;
  /** By slot number. */
  readonly externals: ReadonlyMap<number, External>;
}

/** Assigns a slot to every value and builds the plan. */
export function emitPlan(
  plan: Schedule,
  graph: Graph,
  { facts, slotsPerDispatch }: {
    readonly facts: Pick<Plan, "label" | "keptBytes">;
    readonly slotsPerDispatch: number;
  },
): Lowered {
  const slots = new SlotTable(graph);
  slots.bind(plan);
  graph.outputs.forEach((node) => slots.slot(node)); // no kernel writes an empty output
  const program: Program = { dispatches: [], loops: [], depth: 0, slotsPerDispatch };
  emitSchedule(plan, slots, program);
  const { list, memories } = slots.finish();
  const { dispatches, loops } = program;
  return {
    plan: { ...facts, slots: list, dispatches, memories, ...(loops.length > 0 && { loops }) },
    externals: slots.externals,
  };
}

/** A program so far, which may be the body of a loop. */
interface Program {
  /** All dispatches of the plan. */
  readonly dispatches: Dispatch[];
  /** The outermost loops of the program. */
  readonly loops: PlanLoop[];
  /** Number of loops around it. */
  readonly depth: number;
  readonly slotsPerDispatch: number;
}

function emitSchedule(schedule: Schedule, slots: SlotTable, program: Program): void {
  for (const drafts of schedule.dispatches) {
    const [{ scan, label }] = drafts as readonly [Draft];
    if (scan) emitLoop(scan, label, slots, program);
    else emitDispatch(drafts, slots, program);
  }
}

function emitDispatch(drafts: readonly Draft[], slots: SlotTable, { dispatches }: Program): void {
  const position = dispatches.push({ kernels: drafts.map((draft) => kernelOf(draft, slots)) }) - 1;
  for (const draft of drafts) {
    for (const node of draftValues(draft)) slots.use(node, position, position);
  }
}

/** Emits the loop of a scan: copies the initial state, then repeats the dispatches of the body. */
function emitLoop(scan: ScanLoop, label: string, slots: SlotTable, program: Program): void {
  const { dispatches, depth, slotsPerDispatch } = program;
  const first = dispatches.length;
  slots.bind(scan.schedule, { ...scan, depth });
  const carries = scan.carries.filter(({ state }) => elementCount(state.type.shape) > 0);
  const copies = carries.map(({ init, state }) => copyKernel(init, state, slots));
  const most = Math.max(1, Math.floor(slotsPerDispatch / 2)); // each copy has two slots
  while (copies.length > 0) dispatches.push({ kernels: copies.splice(0, most) });
  const from = dispatches.length;
  const loops: PlanLoop[] = [];
  if (scan.steps > 0) emitSchedule(scan.schedule, slots, { ...program, loops, depth: depth + 1 });
  const to = dispatches.length;
  const loop = { label, from, to, turns: scan.steps };
  if (to > from) program.loops.push(loops.length > 0 ? { ...loop, loops } : loop);
  // A turn needs them after the last use in the turn before.
  for (const node of [...scan.sources, ...scan.targets]) {
    if (to > first) slots.use(node, first, to - 1);
  }
}

function copyKernel(from: Node, to: Node, slots: SlotTable): Kernel {
  const size = elementCount(to.type.shape);
  const index = s.axis(0, size);
  const value = s.load(slots.slot(from), scalarTypeOf(to.type.dtype), index);
  return {
    kind: "loop",
    label: `copy ${labelOf(from)}`,
    outer: [size],
    inner: [],
    reductions: [],
    outerStores: [{ slot: slots.slot(to), index, value }],
    innerStores: [],
  };
}

/** Assigns slot numbers to values. A value is a temporary unless the graph makes it external. */
class SlotTable {
  readonly externals = new Map<number, External>();
  readonly #numbers = new Map<Node, number>();
  readonly #nodes: Node[] = [];
  /** Node → the node whose slot it has, too. */
  readonly #aliases = new Map<Node, Node>();
  readonly #slices = new Map<Node, SliceOf & Pick<Window, "depth">>();
  readonly #outputs: ReadonlyMap<Node, number>;
  readonly #uses = new Map<number, { first: number; last: number }>();

  constructor(graph: Graph) {
    this.#outputs = new Map(graph.outputs.map((node, index) => [node, index]));
  }

  /** Notes which nodes of a schedule, and of the loop that it is the body of, share slots. */
  bind({ inPlace, copies }: Schedule, loop?: ScanLoop & Pick<Window, "depth">): void {
    for (const [node, same] of [...inPlace, ...copies, ...loop?.same ?? []]) {
      this.#aliases.set(node, same);
    }
    loop?.slices.forEach((slice, node) => this.#slices.set(node, { ...slice, depth: loop.depth }));
  }

  slot(value: Node): number {
    const alias = this.#aliases.get(value);
    if (alias) return this.slot(alias);
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#nodes.push(value) - 1;
    this.#numbers.set(value, number);
    const external = this.#slices.has(value) ? undefined : this.#externalOf(value);
    if (external) this.externals.set(number, external);
    return number;
  }

  /** Notes that dispatches from `first` to `last` use a value. */
  use(value: Node, first: number, last: number): void {
    const slot = this.slot(value);
    const known = this.#uses.get(slot) ?? { first, last };
    this.#uses.set(slot, {
      first: Math.min(first, known.first),
      last: Math.max(last, known.last),
    });
  }

  #externalOf(node: Node): External | undefined {
    if (is(node, variable)) return { kind: "variable", node };
    const source = attrsOf(node, input);
    if (source) return { kind: "input", name: source.name };
    const literal = attrsOf(node, constant);
    if (literal) return { kind: "constant", data: literal.data };
    const index = this.#outputs.get(node);
    return index === undefined ? undefined : { kind: "output", index };
  }

  finish(): { list: Slot[]; memories: number[] } {
    for (const node of this.#nodes) { // grows: a slice may be one of a slice
      const slice = this.#slices.get(node);
      if (slice) this.slot(slice.of);
    }
    const temporaries = this.#nodes.flatMap((node, slot) =>
      this.externals.has(slot) || this.#slices.has(node) ? [] : [slot]
    );
    const lifetimes: Lifetime[] = temporaries.map((slot) => ({
      bytes: byteLength(this.#nodes[slot]!.type),
      ...this.#uses.get(slot)!,
    }));
    const { memoryOf, memories } = planMemory(lifetimes);
    const memory = new Map(temporaries.map((slot, i) => [slot, memoryOf[i]!]));
    const list = this.#nodes.map((node, slot): Slot => {
      const base = { type: node.type, label: labelOf(node) };
      const slice = this.#slices.get(node);
      if (slice) {
        const { of, ...window } = slice;
        return { ...base, kind: "window", base: this.slot(of), ...window };
      }
      const shared = memory.get(slot);
      return shared === undefined
        ? { ...base, kind: "external" }
        : { ...base, kind: "temporary", memory: shared };
    });
    return { list, memories: [...memories] };
  }
}

function kernelOf(draft: Draft, slots: SlotTable): Kernel {
  const space = wholeSpace(draft);
  const toSlots = scalarRewriter((leaf) => {
    if (leaf.op === "axis") assertAxis(leaf, space, draft);
    return leaf.op === "load" ? { ...leaf, source: slots.slot(leaf.source as Node) } : undefined;
  });
  const stores = draft.outerStores.map((store) => storeOf(store, slots, toSlots));
  const { label, contraction, outer, inner } = draft;
  if (contraction) {
    return kernelOfContraction(contraction, {
      label,
      stores,
      slotOf: (node) => slots.slot(node),
    });
  }
  return {
    kind: "loop",
    label,
    outer,
    inner,
    reductions: draft.reductions.map(({ combine, value }) => ({ combine, value: toSlots(value) })),
    outerStores: stores,
    innerStores: draft.innerStores.map((store) => storeOf(store, slots, toSlots)),
  };
}

/** An expression that was simplified for the range of one loop must not be used in another. */
function assertAxis({ axis, size }: Axis, space: Shape, { label }: Draft): void {
  if (space[axis] === size) return;
  throw new Error(
    `Internal: axis ${axis} of "${label}" must have the size of its loop, ${space[axis]}: ` +
      `current size is ${size}`,
  );
}

function storeOf(
  { target, index, value }: DraftStore,
  slots: SlotTable,
  toSlots: (scalar: Scalar) => Scalar,
): Store {
  return { slot: slots.slot(target), index: toSlots(index), value: toSlots(value) };
}
