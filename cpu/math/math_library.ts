/** The vector functions of a module, each added when it is first used. */
import type { ConstantPool } from "../runtime/constants.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";
import { emitErf } from "./erf.ts";
import { emitExp } from "./exp.ts";
import { emitDivideI32, emitDivideU32, emitRemainderI32, emitRemainderU32 } from "./integer.ts";
import { emitShiftLeft, emitShiftRight, emitShiftRightSigned } from "./integer.ts";
import { emitLargeAngle } from "./large_angle.ts";
import { emitLog } from "./log.ts";
import { emitPow } from "./pow.ts";
import { emitRemainder } from "./remainder.ts";
import { emitTanh } from "./tanh.ts";
import { emitCos, emitSin } from "./trigonometry.ts";

/** Emits the body of a function of one or two vectors and leaves the result on the stack. */
export type EmitBody = (math: MathLibrary, f: FunctionBuilder, ...x: Local[]) => void;

const bodies = {
  exp: [emitExp, 1],
  log: [emitLog, 1],
  largeAngle: [emitLargeAngle, 1],
  sin: [emitSin, 1],
  cos: [emitCos, 1],
  tanh: [emitTanh, 1],
  erf: [emitErf, 1],
  pow: [emitPow, 2],
  remainder: [emitRemainder, 2],
  divideI32: [emitDivideI32, 2],
  divideU32: [emitDivideU32, 2],
  remainderI32: [emitRemainderI32, 2],
  remainderU32: [emitRemainderU32, 2],
  shiftLeft: [emitShiftLeft, 2],
  shiftRight: [emitShiftRight, 2],
  shiftRightSigned: [emitShiftRightSigned, 2],
} as const satisfies Record<string, readonly [EmitBody, 1 | 2]>;

/** Functions to inline, because a call would take as long as the body. */
const inlined: ReadonlySet<MathName> = new Set(["exp"]);

/** The name of a function of the library. */
export type MathName = keyof typeof bodies;

/** Options for generating the library. */
export interface MathOptions {
  /** Whether relaxed multiply-add may be used. */
  readonly fused: boolean;
  /** The pool of vector literals in memory. Without it, literals are immediates. */
  readonly constants: ConstantPool | undefined;
}

/** The math functions of one module. */
export class MathLibrary {
  readonly #module: ModuleBuilder;
  readonly #fused: boolean;
  readonly #constants: ConstantPool | undefined;
  readonly #defined = new Map<MathName, FunctionHandle>();

  constructor(module: ModuleBuilder, { fused, constants }: MathOptions) {
    this.#module = module;
    this.#fused = fused;
    this.#constants = constants;
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

  /** The function that takes and returns vectors. Defines it on first use. */
  get(name: MathName): FunctionHandle {
    const known = this.#defined.get(name);
    if (known) return known;
    const [emit, arity]: readonly [EmitBody, 1 | 2] = bodies[name];
    const params = arity === 1 ? ["v128"] as const : ["v128", "v128"] as const;
    const handle = this.#module.function(
      `math_${name}`,
      { params, results: ["v128"] },
      (f, ...x) => emit(this, f, ...x),
    );
    this.#defined.set(name, handle);
    return handle;
  }

  /** Applies the function to its arguments on the stack. */
  apply(f: FunctionBuilder, name: MathName): void {
    if (!inlined.has(name)) {
      f.call(this.get(name));
      return;
    }
    const [emit, arity]: readonly [EmitBody, 1 | 2] = bodies[name];
    const args = Array.from({ length: arity }, () => f.local("v128"));
    for (const arg of args.toReversed()) f.set(arg);
    emit(this, f, ...args);
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
