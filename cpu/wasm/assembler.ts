/** Builds WebAssembly modules at run time. */

import { type Bytes, joinBytes, nameBytes, section, unsigned, vector } from "./encoding.ts";
import { FunctionBuilder } from "./function_builder.ts";
import type { Guard } from "./guard.ts";
import {
  type FunctionHandle,
  type GlobalHandle,
  type ParameterLocals,
  VALUE_TYPE_CODES,
  type ValueType,
} from "./types.ts";

type Types = readonly ValueType[];

/** Parameter and result types of a function. */
interface Signature<Params extends Types = Types> {
  /** Types of the parameters; none by default. */
  readonly params?: Params;
  /** Types of the results; none by default. */
  readonly results?: Types;
}

/** A memory to import from the host, in pages of 64 KiB. */
interface MemoryImport {
  /** Name of the import's module. */
  readonly module: string;
  /** Name within that module. */
  readonly name: string;
  /** Minimum number of pages. Accesses with larger offsets need an extra bounds check. */
  readonly minimumPages: number;
  /** Required for a shared memory. */
  readonly maximumPages?: number;
  readonly shared?: boolean;
}

/** Options for declaring a function. */
interface FunctionOptions<Params extends Types = Types> extends Signature<Params> {
  /** Whether to export the function under its name. */
  readonly exported?: boolean;
}

/** Emits the body of a function, given its builder and parameters. */
type FunctionBody<Params extends Types = Types> = (
  f: FunctionBuilder,
  ...params: ParameterLocals<Params>
) => void;

/** A declared function without a body. */
export interface DeclaredFunction<Params extends Types = Types> {
  /** The handle for calling the function. */
  readonly handle: FunctionHandle;
  /** Emits its body. */
  readonly define: (body: FunctionBody<Params>) => void;
}

interface DefinedFunction {
  readonly handle: FunctionHandle;
  readonly exported: boolean;
  body: Bytes;
}

interface ImportedFunction {
  readonly handle: FunctionHandle;
  readonly module: string;
}

/**
 * Builds a module: one imported memory, imported functions, and functions written with a
 * {@linkcode FunctionBuilder}.
 */
export class ModuleBuilder {
  readonly #types: string[] = [];
  readonly #typeBytes: Bytes[] = [];
  readonly #imported: ImportedFunction[] = [];
  readonly #defined: DefinedFunction[] = [];
  #memory: MemoryImport | undefined;
  #globals = 0;
  /** The guard of the functions that are declared while it is set. */
  guard: Guard | undefined;

  /** Imports the module's memory. */
  importMemory(memory: MemoryImport): this {
    if (memory.shared === true && memory.maximumPages === undefined) {
      throw new TypeError(
        `Cannot import memory "${memory.name}": a shared memory needs maximumPages: current value is undefined`,
      );
    }
    this.#memory = memory;
    return this;
  }

  /** Imports a host function. All imports must precede the first definition. */
  importFunction(module: string, name: string, signature: Signature): FunctionHandle {
    if (this.#defined.length > 0) {
      throw new Error(
        `Cannot import function "${name}": imports must precede definitions: ${this.#defined.length} functions are defined`,
      );
    }
    const handle = this.#handle(name, signature);
    this.#imported.push({ handle, module });
    return handle;
  }

  /** Adds a global of type i32 that is initially zero. */
  global(): GlobalHandle {
    return { index: this.#globals++ };
  }

  /** Defines a function; `body` receives the builder and the parameters. */
  function<const Params extends Types = []>(
    name: string,
    options: FunctionOptions<Params>,
    body: FunctionBody<Params>,
  ): FunctionHandle {
    const { handle, define } = this.declare(name, options);
    define(body);
    return handle;
  }

  /** Declares a function that is defined later. Others may already call it. */
  declare<const Params extends Types = []>(
    name: string,
    options: FunctionOptions<Params>,
  ): DeclaredFunction<Params>;
  declare(name: string, options: FunctionOptions): DeclaredFunction {
    const { guard } = this;
    const handle = this.#handle(name, options);
    const defined: DefinedFunction = { handle, exported: options.exported ?? false, body: [] };
    this.#defined.push(defined);
    const define = (body: FunctionBody): void => {
      const f = new FunctionBuilder(handle.params, guard);
      body(f, ...f.params);
      defined.body = f.bytes();
    };
    return { handle, define };
  }

  /** The finished module in the binary format. */
  bytes(): Uint8Array<ArrayBuffer> {
    const indices = this.#defined.map(({ handle }) => unsigned(this.#typeIndex(handle)));
    const bodies = this.#defined.map(({ body }) => joinBytes([unsigned(body.length), body]));
    return joinBytes([
      HEADER,
      section(1, vector(this.#typeBytes)),
      section(2, this.#importEntries()),
      section(3, vector(indices)),
      ...(this.#globals > 0 ? [section(6, this.#globalEntries())] : []),
      section(7, this.#exportEntries()),
      section(10, vector(bodies)),
      section(0, this.#names()),
    ]);
  }

  #handle(name: string, signature: Signature): FunctionHandle {
    const { params = [], results = [] } = signature;
    const index = this.#imported.length + this.#defined.length;
    const handle = { index, name, params, results };
    this.#typeIndex(handle);
    return handle;
  }

  #typeIndex({ params, results }: FunctionHandle): number {
    const key = `${params} -> ${results}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    this.#types.push(key);
    this.#typeBytes.push(joinBytes([[0x60], valueTypes(params), valueTypes(results)]));
    return this.#types.length - 1;
  }

  #importEntries(): Bytes {
    const entries = this.#imported.map(({ handle, module }) => {
      const type = unsigned(this.#typeIndex(handle));
      return joinBytes([nameBytes(module), nameBytes(handle.name), [0x00], type]);
    });
    if (this.#memory !== undefined) entries.push(memoryEntry(this.#memory));
    return vector(entries);
  }

  /** Globals of type i32, initially 0. */
  #globalEntries(): Bytes {
    const entry = [VALUE_TYPE_CODES.i32, 0x01, 0x41, 0x00, 0x0b];
    return vector(Array.from({ length: this.#globals }, () => entry));
  }

  #exportEntries(): Bytes {
    const exported = this.#defined.filter((defined) => defined.exported);
    return vector(
      exported.map(({ handle: { name, index } }) =>
        joinBytes([nameBytes(name), [0x00], unsigned(index)])
      ),
    );
  }

  // The "name" section makes engine errors and profiles name the function.
  #names(): Bytes {
    const entries = [...this.#imported, ...this.#defined].map(({ handle: { name, index } }) =>
      joinBytes([unsigned(index), nameBytes(name)])
    );
    return joinBytes([nameBytes("name"), section(1, vector(entries))]);
  }
}

/** The magic number and the version of the format. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function memoryEntry(
  { module, name, minimumPages, maximumPages, shared }: MemoryImport,
): Uint8Array<ArrayBuffer> {
  const limits = [unsigned(minimumPages)];
  if (maximumPages !== undefined) limits.push(unsigned(maximumPages));
  const flags = (shared === true ? 2 : 0) | (maximumPages === undefined ? 0 : 1);
  return joinBytes([nameBytes(module), nameBytes(name), [0x02, flags], ...limits]);
}

function valueTypes(types: readonly ValueType[]): Bytes {
  return vector(types.map((type) => [VALUE_TYPE_CODES[type]]));
}
