/**
 * Functions in WGSL. The built-in ones may be off by 2⁻¹¹ (`sin`), lose all relative accuracy near a
 * zero (`log` near 1, `tanh` near 0), or drop NaN (`max`). These have a relative error of about 1e-6
 * on every adapter and propagate NaN. Those of `elementary.ts` are loaded only if a plan applies any.
 */

/** The name of a library function that every program may call. */
type BasicName = "special" | "isNan" | "toI32" | "toU32" | "maximum" | "minimum";

/** The name of a library function. Wide variants operate on vec4s. */
export type FunctionName =
  | BasicName
  | "exponential"
  | "exponentialMinusOne"
  | "logarithm"
  | "logarithmOfSum"
  | "multiplyHigh"
  | "largeAngle"
  | "sine"
  | "cosine"
  | "angle"
  | "hyperbolicTangent"
  | "erfTail"
  | "errorFunction"
  | "errorComplement"
  | "power";

/** The name of a function of `elementary.ts`. */
export type ElementaryName = Exclude<FunctionName, BasicName>;

/** WGSL type names of a scalar or vec4 variant. */
export interface Types {
  /** Float, signed, unsigned. */
  readonly F: string;
  readonly I: string;
  readonly U: string;
  readonly B: string;
  /** The accessor of each component, or `""` for a scalar. */
  readonly lanes: readonly string[];
  /** Prints a call of a library function of the same width. */
  readonly call: (name: FunctionName, args: string) => string;
}

/** Prints the declaration of a function. */
export type Template = (types: Types) => string;

const special: Template = () =>
  `fn special(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`;

// Some drivers fold `x != x` to false; they cannot fold a test of the bits.
const isNan: Template = ({ F, U, B, call }) =>
  `fn ${call("isNan", `x: ${F}`)} -> ${B} {
  return (bitcast<${U}>(x) & ${U}(0x7fffffffu)) > ${U}(0x7f800000u);
}`;

// WGSL leaves the conversion of out-of-range values implementation-defined, so they are clamped.
const toI32: Template = ({ F, I, call }) =>
  `fn ${call("toI32", `x: ${F}`)} -> ${I} {
  let inside = ${I}(clamp(x, ${F}(-2147483648.0), ${F}(2147483520.0)));
  let y = select(inside, ${I}(2147483647), x >= ${F}(2147483648.0));
  return select(y, ${I}(0), ${call("isNan", "x")});
}`;

const toU32: Template = ({ F, U, call }) =>
  `fn ${call("toU32", `x: ${F}`)} -> ${U} {
  let inside = ${U}(clamp(x, ${F}(0.0), ${F}(4294967040.0)));
  let y = select(inside, ${U}(4294967295u), x >= ${F}(4294967296.0));
  return select(y, ${U}(0u), ${call("isNan", "x")});
}`;

const extremum = (name: "maximum" | "minimum", builtin: string): Template => ({ F, call }) =>
  `fn ${call(name, `a: ${F}, b: ${F}`)} -> ${F} {
  return select(${builtin}(a, b), a + b, ${call("isNan", "a")} | ${call("isNan", "b")});
}`;

/** A function, and those that it calls. */
export interface FunctionEntry {
  readonly template: Template;
  readonly needs: readonly FunctionName[];
}

/** The functions of `elementary.ts`, if a plan needs them. */
export type ElementaryFunctions = Readonly<Partial<Record<ElementaryName, FunctionEntry>>>;

const basic: Readonly<Record<BasicName, FunctionEntry>> = {
  special: { template: special, needs: [] },
  isNan: { template: isNan, needs: [] },
  toI32: { template: toI32, needs: ["isNan"] },
  toU32: { template: toU32, needs: ["isNan"] },
  maximum: { template: extremum("maximum", "max"), needs: ["isNan"] },
  minimum: { template: extremum("minimum", "min"), needs: ["isNan"] },
};

/** The library functions that a shader uses, each declared once. */
export class FunctionSet {
  readonly #library: Readonly<Partial<Record<FunctionName, FunctionEntry>>>;
  readonly #declarations = new Map<string, string>();

  /** The basic functions, and the elementary ones if they are given. */
  constructor(elementary: ElementaryFunctions = {}) {
    this.#library = { ...basic, ...elementary };
  }

  /** Prints a call and declares the function. */
  call(name: FunctionName, wide: boolean, args: string): string {
    this.#declare(name, wide);
    return `${nameOf(name, wide)}(${args})`;
  }

  /** All declarations, callees first. */
  get text(): string {
    return [...this.#declarations.values()].join("\n");
  }

  #declare(name: FunctionName, wide: boolean): void {
    const key = nameOf(name, wide);
    if (this.#declarations.has(key)) return;
    const entry = this.#library[name];
    if (!entry) throw new Error(`Internal: ${name} has not been loaded`);
    const { template, needs } = entry;
    for (const need of needs) this.#declare(need, wide);
    const call = (callee: FunctionName, args: string) => `${nameOf(callee, wide)}(${args})`;
    const types = wide
      ? {
        F: "vec4f",
        I: "vec4i",
        U: "vec4u",
        B: "vec4<bool>",
        lanes: [".x", ".y", ".z", ".w"],
        call,
      }
      : { F: "f32", I: "i32", U: "u32", B: "bool", lanes: [""], call };
    this.#declarations.set(key, template(types));
  }
}

/** Functions that only have a scalar variant. */
const single: ReadonlySet<FunctionName> = new Set(["special", "multiplyHigh", "largeAngle"]);

function nameOf(name: FunctionName, wide: boolean): string {
  return wide && !single.has(name) ? `${name}4` : name;
}
