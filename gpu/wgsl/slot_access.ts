import type { Slot, Window } from "../../graph/plan.ts";
import type { DType } from "../../graph/types.ts";
import type { ScalarType } from "../../graph/scalar/mod.ts";

interface Use {
  readonly slot: number;
  readonly dtype: DType;
  /** Where the slot starts in each turn of a loop, if it is a window: outermost loop first. */
  readonly windows: readonly Window[];
  readonly calls: Set<Call>;
}

type Call = "load" | "load4" | "store" | "store4";

/** The binding of one slot in a shader. */
export interface SlotBinding {
  readonly slot: number;
  readonly written: boolean;
}

/**
 * The slots that a shader accesses, numbered by binding. Loads and stores call small functions
 * that are declared last, once it is known whether the slot is bound as an array of scalars or of
 * vec4s. It is bound as vec4s if any access is wide and no store is scalar, because writing one
 * component may race with writes of the others.
 */
export class SlotAccess {
  readonly #slots: readonly Slot[];
  readonly #uses = new Map<number, Use>();

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  /** The slots in the order of their bindings. */
  get bindings(): SlotBinding[] {
    return [...this.#uses.values()].map(({ slot, calls }) => ({
      slot,
      written: calls.has("store") || calls.has("store4"),
    }));
  }

  /** The scalar type of a load from this slot. */
  typeOf(slot: number): ScalarType {
    const dtype = this.#slot(slot).type.dtype;
    return dtype === "u8" ? "i32" : dtype;
  }

  /** Whether several elements of this slot are packed into one word. */
  isPacked(slot: number): boolean {
    return this.#slot(slot).type.dtype === "u8";
  }

  /** Loads element `index`, or elements 4·`index` … 4·`index`+3 if wide. */
  load(slot: number, index: string, wide: boolean): string {
    return `${this.#call(slot, wide ? "load4" : "load")}(${index})`;
  }

  /** Stores to element `index`, or to elements 4·`index` … 4·`index`+3 if wide. */
  store(slot: number, index: string, value: { text: string; wide: boolean }): string {
    return `${this.#call(slot, value.wide ? "store4" : "store")}(${index}, ${value.text});`;
  }

  /** The number of loops, from the outermost one, in whose turns slots are other parts of buffers. */
  get turns(): number {
    return Math.max(0, ...this.#depths.map((depth) => depth + 1));
  }

  /** The depths of the loops that move windows. */
  get #depths(): number[] {
    const depths = [...this.#uses.values()].flatMap(({ windows }) => windows);
    return [...new Set(depths.map(({ depth }) => depth))].sort((a, b) => a - b);
  }

  /** Declarations of the bindings and of the functions that use them. */
  get text(): string {
    const turns = this.#depths.map((depth) =>
      `@group(1) @binding(${depth}) var<uniform> ${turnOf(depth)}: i32;`
    );
    return [...turns, ...[...this.#uses.values()].map(declare)].join("\n");
  }

  #call(slot: number, call: Call): string {
    const found = this.#slot(slot);
    const use = this.#uses.get(slot) ??
      { slot, dtype: found.type.dtype, windows: this.#windows(found), calls: new Set<Call>() };
    this.#uses.set(slot, use);
    use.calls.add(call);
    return `${call}_${[...this.#uses.keys()].indexOf(slot)}`;
  }

  #windows(slot: Slot): readonly Window[] {
    return slot.kind === "window" ? [...this.#windows(this.#slot(slot.base)), slot] : [];
  }

  #slot(slot: number): Slot {
    const found = this.#slots[slot];
    if (!found) {
      throw new RangeError(`Cannot use slot ${slot}: the plan has ${this.#slots.length} slots`);
    }
    return found;
  }
}

/** The variable with the number of the turn of a loop. */
function turnOf(depth: number): string {
  return depth === 0 ? "turn" : `turn${depth}`;
}

/** The position at which a slot starts, in groups of so many elements: terms to add to another. */
function startOf(windows: readonly Window[], group: number): string {
  if (windows.length === 0) return "";
  const start = windows.reduce((sum, window) => sum + window.start, 0);
  const terms = windows.map(({ depth, stride }) => `${turnOf(depth)} * ${stride / group} + `);
  return `${start / group} + ${terms.join("")}`;
}

function declare({ dtype, calls, windows }: Use, binding: number): string {
  const inFours = dtype !== "u8" && !calls.has("store") &&
    (calls.has("load4") || calls.has("store4")) &&
    windows.every(({ start, stride }) => start % 4 === 0 && stride % 4 === 0);
  const element = { f32: "f32", i32: "i32", u32: "u32", bool: "u32", u8: "u32" }[dtype];
  const four = { f32: "vec4f", i32: "vec4i", u32: "vec4u", bool: "vec4u", u8: "vec4u" }[dtype];
  const mode = calls.has("store") || calls.has("store4") ? "read_write" : "read";
  const lines = [
    `@group(0) @binding(${binding}) var<storage, ${mode}> s${binding}: array<${
      inFours ? four : element
    }>;`,
  ];
  const shift = { one: startOf(windows, 1), four: startOf(windows, 4) };
  const access = { name: `s${binding}`, binding, inFours, element, four, shift };
  if (calls.has("load")) lines.push(declareLoad(access, dtype));
  if (calls.has("load4")) lines.push(declareLoad4(access, dtype));
  if (calls.has("store")) lines.push(declareStore(access, dtype));
  if (calls.has("store4")) lines.push(declareStore4(access, dtype));
  return lines.join("\n");
}

interface Access {
  readonly name: string;
  readonly binding: number;
  readonly inFours: boolean;
  readonly element: string;
  readonly four: string;
  /** Terms to add to the position of an element, or of four, in a window. */
  readonly shift: { readonly one: string; readonly four: string };
}

function declareLoad({ name, binding, inFours, element, shift }: Access, dtype: DType): string {
  if (dtype === "u8") {
    return `fn load_${binding}(i: i32) -> i32 { return i32((${name}[i >> 2u] >> ((u32(i) & 3u) * 8u)) & 255u); }`;
  }
  const value = inFours
    ? `${name}[${shift.four ? `${shift.four}(i >> 2u)` : "i >> 2u"}][i & 3]`
    : `${name}[${shift.one}i]`;
  return dtype === "bool"
    ? `fn load_${binding}(i: i32) -> bool { return ${value} != 0u; }`
    : `fn load_${binding}(i: i32) -> ${element} { return ${value}; }`;
}

function declareLoad4({ name, binding, inFours, four, shift }: Access, dtype: DType): string {
  if (dtype === "u8") {
    return `fn load4_${binding}(q: i32) -> vec4i { return vec4i((vec4u(${name}[q]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u)); }`;
  }
  const [a, b, c, d] = ["4 * q", "4 * q + 1", "4 * q + 2", "4 * q + 3"].map((i) =>
    `${name}[${shift.one}${i}]`
  );
  const value = inFours ? `${name}[${shift.four}q]` : `${four}(${a}, ${b}, ${c}, ${d})`;
  return dtype === "bool"
    ? `fn load4_${binding}(q: i32) -> vec4<bool> { return ${value} != vec4u(0u); }`
    : `fn load4_${binding}(q: i32) -> ${four} { return ${value}; }`;
}

function declareStore({ name, binding, element, shift }: Access, dtype: DType): string {
  return dtype === "bool"
    ? `fn store_${binding}(i: i32, v: bool) { ${name}[${shift.one}i] = select(0u, 1u, v); }`
    : `fn store_${binding}(i: i32, v: ${element}) { ${name}[${shift.one}i] = v; }`;
}

function declareStore4({ name, binding, inFours, four, shift }: Access, dtype: DType): string {
  const type = dtype === "bool" ? "vec4<bool>" : four;
  const value = dtype === "bool" ? "select(vec4u(0u), vec4u(1u), v)" : "v";
  const body = inFours
    ? `${name}[${shift.four}q] = ${value};`
    : `let w = ${value}; ${
      [0, 1, 2, 3].map((i) => `${name}[${shift.one}4 * q + ${i}] = w[${i}];`).join(" ")
    }`;
  return `fn store4_${binding}(q: i32, v: ${type}) { ${body} }`;
}
