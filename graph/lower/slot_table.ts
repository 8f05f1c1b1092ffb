import type { Graph } from "../graph.ts";
import { attrsOf, is, type Node } from "../node.ts";
import { constant, input, variable } from "../ops/source.ts";
import type { Slot, Window } from "../plan.ts";
import { labelOf } from "../tags.ts";
import { byteLength, type HostArray } from "../types.ts";
import type { ScanLoop, Schedule, SliceOf } from "./draft.ts";
import { type Lifetime, planMemory } from "./memory.ts";

/** The binding of an external slot of a lowered plan. */
export type External =
  | { readonly kind: "variable"; readonly node: Node }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: HostArray }
  | { readonly kind: "output"; readonly index: number };

/** Assigns slot numbers to values. A value is a temporary unless the graph makes it external. */
export class SlotTable {
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
