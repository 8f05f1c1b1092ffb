/** The vector functions of a module, each added when it is first used. */
import { loaded } from "../loaded.ts";
import type { ConstantPool } from "../runtime/constants.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";

/** A function of one or two vectors. */
export interface MathFunction {
  /** The name, which is unique in the library. */
  readonly name: string;
  /** Number of vectors. */
  readonly arity: 1 | 2;
  /** Whether the body is emitted in place of a call. */
  readonly inline?: boolean;
  /** Emits the body, which leaves the result on the stack. */
  readonly emit: (math: MathLibrary, f: FunctionBuilder, x: Local, y: Local) => void;
}

/** The name of a function of `long_functions.ts`. */
export type LongFunction =
  | "sin"
  | "cos"
  | "tanh"
  | "erf"
  | "log1p"
  | "expm1"
  | "rem"
  | "pow"
  | "atan2";

/** The long functions that have been loaded for a plan. */
export type LongFunctions = Readonly<Partial<Record<LongFunction, MathFunction>>>;

/** Options for generating the library. */
interface MathOptions {
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** The pool of vector literals in memory. Without it, literals are immediates. */
  readonly constants: ConstantPool | undefined;
  /** The long functions that may be applied. Default: none. */
  readonly long?: LongFunctions;
  /** Whether to emit the body of every function in place of calls. */
  readonly inlined?: boolean;
}

/** The math functions of one module. */
export class MathLibrary {
  readonly #module: ModuleBuilder;
  readonly #fused: boolean;
  readonly #constants: ConstantPool | undefined;
  readonly #long: LongFunctions;
  readonly #inlined: boolean;
  readonly #defined = new Map<MathFunction, FunctionHandle>();

  constructor(
    module: ModuleBuilder,
    { fused, constants, long = {}, inlined = false }: MathOptions,
  ) {
    this.#module = module;
    this.#fused = fused;
    this.#constants = constants;
    this.#long = long;
    this.#inlined = inlined;
  }

  /** The same functions without calls and literals in memory, for code that is recorded. */
  recorded(): MathLibrary {
    const [fused, long] = [this.#fused, this.#long];
    return new MathLibrary(this.#module, { fused, constants: undefined, long, inlined: true });
  }

  /** Pushes a vector of four equal floats. */
  f32(f: FunctionBuilder, value: number): FunctionBuilder {
    const [bits] = new Int32Array(Float32Array.of(value).buffer);
    return this.#push(f, [bits!, bits!]) ?? f.f32x4(value);
  }

  /** Pushes a vector of four equal integers. */
  i32(f: FunctionBuilder, value: number): FunctionBuilder {
    return this.#push(f, [value, value]) ?? f.i32x4(value);
  }

  /** Pushes a vector of two equal f64. */
  f64(f: FunctionBuilder, value: number): FunctionBuilder {
    const [low, high] = new Int32Array(Float64Array.of(value).buffer);
    return this.#push(f, [low!, high!]) ?? f.f64(value).op("f64x2.splat");
  }

  #push(f: FunctionBuilder, bits: readonly [number, number]): FunctionBuilder | undefined {
    const address = this.#constants?.address(bits);
    return address === undefined ? undefined : f.i32(0).memory("v128.load", address);
  }

  /** Applies the function to its arguments on the stack. */
  apply(f: FunctionBuilder, applied: MathFunction): void {
    if (!applied.inline && !this.#inlined) {
      f.call(this.#handle(applied));
      return;
    }
    const args = Array.from({ length: applied.arity }, () => f.local("v128"));
    for (const arg of args.toReversed()) f.set(arg);
    this.#emit(f, applied, args);
  }

  /** A long function, which has been loaded. */
  long(name: LongFunction): MathFunction {
    return loaded(this.#long[name], name);
  }

  /** The function that takes and returns vectors. Defines it on first use. */
  #handle(called: MathFunction): FunctionHandle {
    const known = this.#defined.get(called);
    if (known) return known;
    const params = called.arity === 1 ? ["v128"] as const : ["v128", "v128"] as const;
    const handle = this.#module.function(
      `math_${called.name}`,
      { params, results: ["v128"] },
      (f, ...args) => this.#emit(f, called, args),
    );
    this.#defined.set(called, handle);
    return handle;
  }

  #emit(f: FunctionBuilder, { emit, arity, name }: MathFunction, args: readonly Local[]): void {
    const [x, y = x] = args;
    if (!x || !y || args.length !== arity) {
      throw new Error(`Internal: ${name} takes ${arity} vectors: current number is ${args.length}`);
    }
    emit(this, f, x, y);
  }

  /** Pops x, y, z and pushes x·y + z. */
  multiplyAdd(f: FunctionBuilder): void {
    if (this.#fused) f.op("f32x4.relaxed_madd");
    else {
      const z = f.local("v128");
      f.set(z).op("f32x4.mul").get(z).op("f32x4.add");
    }
  }

  /** Pops x, y, z and pushes z − x·y. */
  multiplySubtract(f: FunctionBuilder): void {
    if (this.#fused) f.op("f32x4.relaxed_nmadd");
    else {
      const z = f.local("v128");
      f.set(z).op("f32x4.mul", "f32x4.neg").get(z).op("f32x4.add");
    }
  }

  /** Pushes the polynomial in `x` with these coefficients, the highest power first. */
  polynomial(f: FunctionBuilder, x: Local, coefficients: readonly number[]): void {
    coefficients.forEach((coefficient, i) => {
      if (i === 0) this.f32(f, coefficient);
      else if (this.#fused) this.f32(f.get(x), coefficient).op("f32x4.relaxed_madd");
      else this.f32(f.get(x).op("f32x4.mul"), coefficient).op("f32x4.add");
    });
  }
}
