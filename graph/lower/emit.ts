import type { Graph } from "../graph.ts";
import type { Kernel, Store } from "../kernel.ts";
import { attrsOf, is, type Node } from "../node.ts";
import { constant, input, variable } from "../ops/source.ts";
import type { Dispatch, Plan, Slot } from "../plan.ts";
import { type Axis, type Scalar, scalarRewriter } from "../scalar/mod.ts";
import { labelOf } from "../tags.ts";
import { byteLength, type HostArray, type Shape } from "../types.ts";
import { kernelOfContraction } from "./contraction.ts";
import { type Draft, type DraftStore, draftValues, wholeSpace } from "./draft.ts";
import { type Lifetime, planMemory } from "./memory.ts";
import type { Schedule } from "./schedule.ts";

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
  facts: Pick<Plan, "label" | "keptBytes">,
): Lowered {
  const slots = new SlotTable(plan, graph);
  graph.outputs.forEach((node) => slots.slot(node)); // no kernel writes an empty output
  const dispatches: Dispatch[] = plan.dispatches.map((drafts) => ({
    kernels: drafts.map((draft) => kernelOf(draft, slots)),
  }));
  const { list, memories } = slots.finish(plan.dispatches);
  return { plan: { ...facts, slots: list, dispatches, memories }, externals: slots.externals };
}

/** Assigns slot numbers to values. A value is a temporary unless the graph makes it external. */
class SlotTable {
  readonly externals = new Map<number, External>();
  readonly #numbers = new Map<Node, number>();
  readonly #nodes: Node[] = [];
  readonly #aliases: ReadonlyMap<Node, Node>;
  readonly #outputs: ReadonlyMap<Node, number>;

  constructor({ inPlace, copies }: Schedule, graph: Graph) {
    this.#aliases = new Map([...inPlace, ...copies]);
    this.#outputs = new Map(graph.outputs.map((node, index) => [node, index]));
  }

  slot(value: Node): number {
    const node = this.#aliases.get(value) ?? value;
    const known = this.#numbers.get(node);
    if (known !== undefined) return known;
    const number = this.#nodes.push(node) - 1;
    this.#numbers.set(node, number);
    const external = this.#externalOf(node);
    if (external) this.externals.set(number, external);
    return number;
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

  finish(dispatches: readonly (readonly Draft[])[]): { list: Slot[]; memories: number[] } {
    const uses = new Map<number, { first: number; last: number }>();
    dispatches.forEach((drafts, position) => {
      for (const draft of drafts) {
        for (const node of draftValues(draft)) {
          const slot = this.slot(node);
          uses.set(slot, { first: uses.get(slot)?.first ?? position, last: position });
        }
      }
    });
    const temporaries = this.#nodes.map((_, slot) => slot).filter((slot) =>
      !this.externals.has(slot)
    );
    const lifetimes: Lifetime[] = temporaries.map((slot) => ({
      bytes: byteLength(this.#nodes[slot]!.type),
      ...uses.get(slot)!,
    }));
    const { memoryOf, memories } = planMemory(lifetimes);
    const memory = new Map(temporaries.map((slot, i) => [slot, memoryOf[i]!]));
    const list = this.#nodes.map((node, slot): Slot => {
      const base = { type: node.type, label: labelOf(node) };
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
