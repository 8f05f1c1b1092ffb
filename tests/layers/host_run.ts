/** Runs graphs of tensors on the host in float64, so that tests of layers need no device. */
import { interpret, is, type Node, topological, variable } from "../../graph/mod.ts";
import { type Tensor, type Updates, type Variable, variableOf } from "../../autograd/mod.ts";

/** Values of variables and inputs, by node. */
export class HostRun {
  readonly #values = new Map<Node, ArrayLike<number>>();

  /** Gives an input, or a variable, a value. */
  set(tensor: Tensor, value: ArrayLike<number>): void {
    this.#values.set(tensor.node, value);
  }

  /** The value of any tensor; variables that were not set have their first values. */
  get(tensor: Tensor): number[] {
    return this.#evaluate([tensor.node])[0]!;
  }

  /** Does one step: all variables get their next values at once. */
  apply(updates: Updates): void {
    const entries: [Variable, Tensor][] = [...updates];
    const next = this.#evaluate(entries.map(([, { node }]) => node));
    entries.forEach(([variable], i) => this.set(variable, next[i]!));
  }

  #evaluate(nodes: readonly Node[]): number[][] {
    for (const node of topological(nodes)) {
      if (is(node, variable) && !this.#values.has(node)) {
        this.#values.set(node, variableOf(node).hostValue()!);
      }
    }
    const values = interpret(nodes, this.#values);
    return nodes.map((node) => [...values.get(node)!]);
  }
}
