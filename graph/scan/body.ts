import { topological } from "../graph.ts";
import type { Node } from "../node.ts";
import type { TensorType } from "../types.ts";

let count = 0;

/** A value for each input of a scan: by default, the input itself. */
export interface ScanInputs<T = Node> {
  /** For each carry: its state before the first step. */
  readonly init: readonly T[];
  /** For each slice: the stacked input, [steps, …], that each step reads its slice of. */
  readonly xs: readonly T[];
  /** For each capture: a value that is the same in each step. */
  readonly captured: readonly T[];
}

/**
 * The body of a scan: what one step computes, as a graph over placeholders. An object of a class of
 * its own, because attributes that are plain objects are copied.
 */
export class ScanBody {
  /** Placeholders of the carried state: variables, so that their next values can be updates. */
  readonly carries: readonly Node[];
  /** Placeholders of the step's slice of each stacked input. */
  readonly slices: readonly Node[];
  /** Placeholders of values that are the same in each step. */
  readonly captures: readonly Node[];
  /** The state after the step, one value for each carry. */
  readonly next: readonly Node[];
  /** Everything that a step computes, inputs first. Any of it can be a result of the scan. */
  readonly values: readonly Node[];
  /** If this body is that of another one for a batch of examples: its value for each of those. */
  readonly batchOf: ReadonlyMap<Node, Node>;
  readonly #id = ++count;

  /** The body of a loop with these placeholders, next states, and outputs. */
  constructor(
    { carries, slices, captures, next, outputs, batchOf = new Map() }: {
      readonly carries: readonly Node[];
      readonly slices: readonly Node[];
      readonly captures: readonly Node[];
      readonly next: readonly Node[];
      readonly outputs: readonly Node[];
      readonly batchOf?: ReadonlyMap<Node, Node>;
    },
  ) {
    this.carries = [...carries];
    this.slices = [...slices];
    this.captures = [...captures];
    this.next = [...next];
    this.values = topological([...next, ...outputs]);
    this.batchOf = batchOf;
    Object.freeze(this);
  }

  /** Divides a list that has an entry for each input of the scan. */
  divide<T>(list: readonly T[]): ScanInputs<T> {
    const slices = this.carries.length;
    const captures = slices + this.slices.length;
    return {
      init: list.slice(0, slices),
      xs: list.slice(slices, captures),
      captured: list.slice(captures),
    };
  }

  /** Distinguishes bodies, where attributes are compared or printed. */
  toJSON(): string {
    return `body ${this.#id}, ${this.values.length} values`;
  }
}

/** Attributes of `scan`. */
export interface ScanAttrs {
  /** What one step computes. */
  readonly body: ScanBody;
  /** Number of steps. */
  readonly steps: number;
  /** Whether the steps run from the last slice of the stacked inputs to the first. */
  readonly reverse: boolean;
  /** Whether the gradient computes all values of the body again instead of keeping any. */
  readonly recompute: boolean;
}

/** Attributes of `scanStacked` and `scanFinal`. */
export interface ScanPartAttrs {
  /** Which value of the body, or which carry. */
  readonly index: number;
  /** Its type: for `scanStacked`, that of the values of all steps. */
  readonly type: TensorType;
}
