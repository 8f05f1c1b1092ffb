/**
 * The functions of the operating system that native code needs: memory for it, and a way in.
 *
 * Deno calls functions of dynamic libraries quickly, but pointers to functions slowly. Code is
 * therefore called by `bsearch` of the C library, as the function that compares a key with the only
 * element of an array.
 */
import type { Convention } from "./entry.ts";

/** The host's operating system and processor, as Deno names them. */
export interface Host {
  readonly os: string;
  readonly arch: string;
}

/** A library that workers open, too, and the convention of its functions. */
interface SystemLibrary {
  /** File name of the C library. */
  readonly library: string;
  readonly convention: Convention;
}

/** The functions, as long as their library is open. */
export interface System extends SystemLibrary, Disposable {
  /** Calls the function at `code` with two addresses. */
  readonly enter: EnterFunction;
  /** Copies code to new memory, which is first writable and then executable, but never both. */
  allocateCode(code: Uint8Array<ArrayBuffer>): bigint;
  /** Frees such memory. */
  freeCode(address: bigint, byteLength: number): void;
  /** Makes pages inaccessible; whether the system did so. */
  protect(address: bigint, byteLength: number): boolean;
  /** Makes such pages readable and writable again. */
  unprotect(address: bigint, byteLength: number): void;
}

/** `bsearch` with pointers to a key, to an array, and to the function that compares. */
export type EnterFunction = (
  key: Deno.PointerValue,
  array: Deno.PointerValue,
  count: bigint,
  elementBytes: bigint,
  code: Deno.PointerValue,
) => void;

/** The declaration of {@linkcode EnterFunction} for `Deno.dlopen`. */
export const enterSymbols = {
  bsearch: { parameters: ["pointer", "pointer", "usize", "usize", "pointer"], result: "void" },
} as const;

const unixSymbols = {
  ...enterSymbols,
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  memcpy: { parameters: ["pointer", "buffer", "usize"], result: "void" },
} as const;

const windowsSymbols = {
  VirtualAlloc: { parameters: ["pointer", "usize", "u32", "u32"], result: "pointer" },
  VirtualProtect: { parameters: ["pointer", "usize", "u32", "buffer"], result: "i32" },
  VirtualFree: { parameters: ["pointer", "usize", "u32"], result: "i32" },
  RtlMoveMemory: { parameters: ["pointer", "buffer", "usize"], result: "void" },
} as const;

/** What differs between the systems that have `mmap`. */
const unixes: Readonly<Record<string, { library: string; anonymous: number } | undefined>> = {
  linux: { library: "libc.so.6", anonymous: 0x20 },
  darwin: { library: "libSystem.B.dylib", anonymous: 0x1000 },
};

/** `PROT_` and `MAP_` constants. */
const [NONE, READ_WRITE, READ_EXECUTE, PRIVATE] = [0, 3, 5, 2];

/** `MEM_` and `PAGE_` constants. */
const [COMMIT_AND_RESERVE, RELEASE] = [0x3000, 0x8000];
const [PAGE_NOACCESS, PAGE_READWRITE, PAGE_EXECUTE_READ] = [1, 4, 0x20];

/** The address that `mmap` returns if it fails. */
const MAP_FAILED = 2n ** 64n - 1n;

/**
 * Opens the system's library. Needs the `ffi` permission.
 *
 * @throws {Error} if the host is not supported or the library cannot be opened
 */
export function openSystem({ os, arch }: Host): System {
  if (arch !== "x86_64") throw new Error(`there is no native code for ${arch}`);
  const unix = unixes[os];
  if (unix) return openUnix(unix);
  if (os === "windows") return openWindows();
  throw new Error(`there is no native code for ${os}`);
}

function openUnix({ library, anonymous }: { library: string; anonymous: number }): System {
  const opened = Deno.dlopen(library, unixSymbols);
  const { bsearch, mmap, mprotect, munmap, memcpy } = opened.symbols;
  const free = (pointer: Deno.PointerValue, byteLength: number): void => {
    if (munmap(pointer, BigInt(byteLength)) !== 0) throw new Error("munmap failed");
  };
  const change = (address: bigint, byteLength: number, access: number): boolean =>
    mprotect(Deno.UnsafePointer.create(address), BigInt(byteLength), access) === 0;
  return {
    library,
    convention: "System V",
    enter: bsearch,
    allocateCode(code) {
      const size = BigInt(code.length);
      const pointer = mmap(null, size, READ_WRITE, PRIVATE | anonymous, -1, 0n);
      const address = addressOf(pointer);
      if (address === MAP_FAILED) throw new Error("mmap failed");
      memcpy(pointer, code, size);
      if (mprotect(pointer, size, READ_EXECUTE) === 0) return address;
      free(pointer, code.length);
      throw new Error("mprotect failed");
    },
    freeCode: (address, byteLength) => free(Deno.UnsafePointer.create(address), byteLength),
    protect: (address, byteLength) => change(address, byteLength, NONE),
    unprotect(address, byteLength) {
      if (!change(address, byteLength, READ_WRITE)) throw new Error("mprotect failed");
    },
    [Symbol.dispose]: () => opened.close(),
  };
}

function openWindows(): System {
  const library = "ucrtbase.dll";
  const opened = Deno.dlopen(library, enterSymbols);
  const kernel = Deno.dlopen("kernel32.dll", windowsSymbols);
  const { VirtualAlloc, VirtualProtect, VirtualFree, RtlMoveMemory } = kernel.symbols;
  const free = (pointer: Deno.PointerValue): void => {
    if (VirtualFree(pointer, 0n, RELEASE) === 0) throw new Error("VirtualFree failed");
  };
  const previous = new Uint32Array(1);
  const change = (pointer: Deno.PointerValue, byteLength: number, access: number): boolean =>
    VirtualProtect(pointer, BigInt(byteLength), access, previous) !== 0;
  return {
    library,
    convention: "Windows",
    enter: opened.symbols.bsearch,
    allocateCode(code) {
      const size = BigInt(code.length);
      const pointer = VirtualAlloc(null, size, COMMIT_AND_RESERVE, PAGE_READWRITE);
      if (pointer === null) throw new Error("VirtualAlloc failed");
      RtlMoveMemory(pointer, code, size);
      if (change(pointer, code.length, PAGE_EXECUTE_READ)) return addressOf(pointer);
      free(pointer);
      throw new Error("VirtualProtect failed");
    },
    freeCode: (address) => free(Deno.UnsafePointer.create(address)),
    protect: (address, byteLength) =>
      change(Deno.UnsafePointer.create(address), byteLength, PAGE_NOACCESS),
    unprotect(address, byteLength) {
      if (!change(Deno.UnsafePointer.create(address), byteLength, PAGE_READWRITE)) {
        throw new Error("VirtualProtect failed");
      }
    },
    [Symbol.dispose]() {
      opened.close();
      kernel.close();
    },
  };
}

/** The address that a pointer holds. */
export function addressOf(pointer: Deno.PointerValue): bigint {
  return BigInt(Deno.UnsafePointer.value(pointer));
}
