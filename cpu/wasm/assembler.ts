/** Builds WebAssembly modules at run time. */

import { pushBytes, pushName, pushSection, pushUnsigned } from "./encoding.ts";
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
  body: readonly number[];
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
  readonly #typeBytes: number[][] = [];
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
    const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    pushSection(bytes, 1, vector(this.#typeBytes));
    pushSection(bytes, 2, this.#importEntries());
    const indices = this.#defined.map(({ handle }) => unsigned(this.#typeIndex(handle)));
    pushSection(bytes, 3, vector(indices));
    if (this.#globals > 0) pushSection(bytes, 6, this.#globalEntries());
    pushSection(bytes, 7, this.#exportEntries());
    pushSection(bytes, 10, vector(this.#defined.map(({ body }) => sized(body))));
    pushSection(bytes, 0, this.#names());
    return new Uint8Array(bytes);
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
    this.#typeBytes.push([0x60, ...valueTypes(params), ...valueTypes(results)]);
    return this.#types.length - 1;
  }

  #importEntries(): number[] {
    const entries = this.#imported.map(({ handle, module }) => {
      const entry = importName(module, handle.name);
      entry.push(0x00);
      pushUnsigned(entry, this.#typeIndex(handle));
      return entry;
    });
    if (this.#memory !== undefined) entries.push(memoryEntry(this.#memory));
    return vector(entries);
  }

  /** Globals of type i32, initially 0. */
  #globalEntries(): number[] {
    const entry = [VALUE_TYPE_CODES.i32, 0x01, 0x41, 0x00, 0x0b];
    return vector(Array.from({ length: this.#globals }, () => entry));
  }

  #exportEntries(): number[] {
    const exported = this.#defined.filter((defined) => defined.exported);
    return vector(exported.map(({ handle }) => {
      const entry: number[] = [];
      pushName(entry, handle.name);
      entry.push(0x00);
      pushUnsigned(entry, handle.index);
      return entry;
    }));
  }

  // The "name" section makes engine errors and profiles name the function.
  #names(): number[] {
    const entries = [...this.#imported, ...this.#defined].map(({ handle }) => {
      const entry = unsigned(handle.index);
      pushName(entry, handle.name);
      return entry;
    });
    const content: number[] = [];
    pushName(content, "name");
    pushSection(content, 1, vector(entries));
    return content;
  }
}

function memoryEntry(memory: MemoryImport): number[] {
  const entry = importName(memory.module, memory.name);
  const hasMaximum = memory.maximumPages !== undefined;
  entry.push(0x02, (memory.shared === true ? 2 : 0) | (hasMaximum ? 1 : 0));
  pushUnsigned(entry, memory.minimumPages);
  if (memory.maximumPages !== undefined) pushUnsigned(entry, memory.maximumPages);
  return entry;
}

function importName(module: string, name: string): number[] {
  const entry: number[] = [];
  pushName(entry, module);
  pushName(entry, name);
  return entry;
}

function valueTypes(types: readonly ValueType[]): number[] {
  return vector(types.map((type) => [VALUE_TYPE_CODES[type]]));
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

function sized(content: readonly number[]): number[] {
  const bytes = unsigned(content.length);
  pushBytes(bytes, content);
  return bytes;
}

function vector(entries: readonly (readonly number[])[]): number[] {
  const bytes = unsigned(entries.length);
  for (const entry of entries) pushBytes(bytes, entry);
  return bytes;
}
