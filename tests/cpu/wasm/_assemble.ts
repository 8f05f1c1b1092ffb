import { ModuleBuilder } from "../../../cpu/wasm/assembler.ts";
import type { FunctionBuilder, Local, ValueType } from "../../../cpu/wasm/function_builder.ts";
import type { PlainOp } from "../../../cpu/wasm/opcodes.ts";

/** The body of a function. */
export type Body = (f: FunctionBuilder, ...params: Local[]) => void;

const shared = { initial: 1, maximum: 1, shared: true };

/** A function, and the memory that it sees. */
interface Assembled {
  readonly call: (...values: number[]) => unknown;
  readonly memory: WebAssembly.Memory;
}

/** Assembles one exported function. */
export function assemble(params: ValueType[], results: ValueType[], body: Body): Assembled {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
    shared: true,
  });
  module.function("test", { params, results, exported: true }, body);
  const memory = new WebAssembly.Memory(shared);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const call = instance.exports["test"];
  if (typeof call !== "function") throw new Error("Internal: no export");
  return { call: (...values: number[]) => call(...values), memory };
}

/** Applies an instruction to constants of one type. */
export function scalar(
  op: PlainOp,
  from: "i32" | "f32",
  to: ValueType,
  ...values: number[]
): unknown {
  const body: Body = (f, ...params) => f.get(...params).op(op);
  return assemble(values.map(() => from), [to], body).call(...values);
}

/** Applies an instruction to vectors of four lanes, returning the bytes of the result. */
export function vector(op: PlainOp, operands: (Float32Array | Int32Array)[]): ArrayBuffer {
  const { call, memory } = assemble([], [], (f) => {
    f.i32(256);
    operands.forEach((_, i) => f.i32(0).memory("v128.load", 16 * i));
    f.op(op).memory("v128.store");
  });
  operands.forEach((operand, i) => {
    new Uint8Array(memory.buffer, 16 * i, 16).set(new Uint8Array(operand.buffer));
  });
  call();
  const result = new ArrayBuffer(16);
  new Uint8Array(result).set(new Uint8Array(memory.buffer, 256, 16));
  return result;
}

/** The lanes of a vector. */
export function floats(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

/** The lanes of a vector. */
export function integers(...values: number[]): Int32Array {
  return Int32Array.from(values);
}
