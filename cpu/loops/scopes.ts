/** Scopes of a loop nest during code generation: positions, results, and values in locals. */
import type { Local } from "../wasm/function_builder.ts";
import type { Value } from "./value.ts";

/** The position along an axis: a local, or a constant. */
export type Position = Local | number;

/** One level of the loop nest. Its contents are discarded when it closes. */
interface Scope {
  readonly axes: ReadonlyMap<number, Position>;
  /** Induction variables of the loop, by form key. */
  readonly inductions: ReadonlyMap<string, Local>;
  readonly results: Map<number, readonly Local[]>;
  readonly locals: Map<string, Local>;
}

/** The stack of open scopes, outermost first. */
export class Scopes {
  readonly #open: Scope[] = [];

  /** Index of the innermost scope. */
  get top(): number {
    return this.#open.length - 1;
  }

  /** Runs `body` inside a new scope. */
  within(
    axes: ReadonlyMap<number, Position>,
    inductions: ReadonlyMap<string, Local>,
    body: () => void,
  ): void {
    this.#open.push({ axes, inductions, results: new Map(), locals: new Map() });
    body();
    this.#open.pop();
  }

  at(level: number): Scope {
    const scope = this.#open[level];
    if (!scope) throw new Error(`Internal: no scope at level ${level}`);
    return scope;
  }

  /** A value kept earlier under `key`. */
  find(key: string): Local | undefined {
    for (const scope of this.#open) {
      const local = scope.locals.get(key);
      if (local) return local;
    }
    return undefined;
  }

  /** Keeps a value until the innermost scope closes. */
  keep(key: string, local: Local): void {
    this.at(this.top).locals.set(key, local);
  }

  /** Sets the locals of a result: one, or one per copy. */
  setResult(result: number, locals: readonly Local[]): void {
    this.at(this.top).results.set(result, locals);
  }

  result(result: number): readonly Local[] | undefined {
    return this.#open.find((scope) => scope.results.has(result))?.results.get(result);
  }

  /** The innermost level that the value depends on; `undefined` if it is not available yet. */
  levelOf({ axes, results }: Value): number | undefined {
    let level = 0;
    for (let bits = axes, axis = 0; bits !== 0; bits >>>= 1, axis++) {
      if (!(bits & 1)) continue;
      const at = this.#open.findIndex((scope) => scope.axes.has(axis));
      if (at < 0) return undefined;
      level = Math.max(level, at);
    }
    for (let bits = results, result = 0; bits !== 0; bits >>>= 1, result++) {
      if (!(bits & 1)) continue;
      const at = this.#open.findIndex((scope) => scope.results.has(result));
      if (at < 0) return undefined;
      level = Math.max(level, at);
    }
    return level;
  }
}
