/** The vocabulary of assembled functions. */

/** A WebAssembly value type. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Binary codes of the value types. */
export const VALUE_TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** A parameter or local variable of one function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** A place that {@linkcode FunctionBuilder.br} can jump to. */
export interface Label {
  readonly depth: number;
}

/** A function of the module, to be called from others. */
export interface FunctionHandle {
  readonly index: number;
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** An i32 operand: a constant or a local. */
export type Operand = number | Local;
