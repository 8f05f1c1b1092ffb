/** Types for assembled functions: value types, locals, labels, and handles. */

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
  /** Position among the parameters and locals. */
  readonly index: number;
  /** Type of the values it holds. */
  readonly type: ValueType;
}

/** A target for {@linkcode FunctionBuilder.br}. */
export interface Label {
  /** Nesting depth of the block it belongs to. */
  readonly depth: number;
}

/** A function of the module that others can call. */
export interface FunctionHandle {
  /** Position among the module's functions. */
  readonly index: number;
  /** Name of the function, and of its export if there is one. */
  readonly name: string;
  /** Types of the parameters. */
  readonly params: readonly ValueType[];
  /** Types of the results. */
  readonly results: readonly ValueType[];
}

/** A global of the module, of type i32. */
export interface GlobalHandle {
  /** Position among the module's globals. */
  readonly index: number;
}

/** An i32 operand: a constant or a local. */
export type Operand = number | Local;

/** The locals of parameters with these types. */
export type ParameterLocals<Params extends readonly ValueType[]> = {
  readonly [Index in keyof Params]: Local;
};

/** A tuple of `Count` locals. */
export type Locals<Count extends number, Found extends readonly Local[] = readonly []> =
  number extends Count ? readonly Local[]
    : Found["length"] extends Count ? Found
    : Locals<Count, readonly [...Found, Local]>;
