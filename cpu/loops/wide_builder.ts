/** Collects the code of loops over wide vectors: each value in the outermost loop that it can be in. */
import { type Definition, type Item, Unsupported, type ValueId } from "../native/vector_loop.ts";

/** Most values of a loop, so that generating its code takes little time. */
const MOST_VALUES = 600;

/** The open bodies of nested loops, and the values defined in them. */
export class WideBuilder {
  /** The bodies, outermost first. */
  readonly #open: Item[][] = [[]];
  readonly #levels: number[] = [];
  readonly #known = new Map<string, ValueId>();

  /** Index of the innermost open body. */
  get depth(): number {
    return this.#open.length - 1;
  }

  /** The outermost body. */
  get body(): readonly Item[] {
    return this.#open[0]!;
  }

  /** Adds a value to the outermost body that has its operands, `least` or deeper. */
  define(definition: Definition, least: number = 0): ValueId {
    const key = `${least} ${JSON.stringify(definition)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const args = "args" in definition ? definition.args : [];
    const level = args.reduce((deepest, arg) => Math.max(deepest, this.levelOf(arg)), least);
    const id = this.#add(level, definition);
    this.#known.set(key, id);
    return id;
  }

  /** Adds a value to the innermost body that loops inside it will change. */
  defineChanged(definition: Definition): ValueId {
    return this.#add(this.depth, definition);
  }

  /** The level of a value. */
  levelOf(id: ValueId): number {
    return this.#levels[id]!;
  }

  /** Appends to the innermost body. */
  push(item: Item): void {
    this.#open[this.depth]!.push(item);
  }

  /** The items of a body that is open while `fill` runs. */
  within(fill: () => void): readonly Item[] {
    const body: Item[] = [];
    const level = this.#open.push(body) - 1;
    fill();
    this.#open.pop();
    for (const [key, id] of this.#known) if (this.levelOf(id) >= level) this.#known.delete(key);
    return body;
  }

  #add(level: number, definition: Definition): ValueId {
    const body = this.#open[level];
    if (!body) throw new Error(`Internal: a value of level ${level} is not in an open loop`);
    const id = this.#levels.push(level) - 1;
    if (id >= MOST_VALUES) throw new Unsupported("too many values");
    body.push({ kind: "define", id, definition });
    return id;
  }
}
