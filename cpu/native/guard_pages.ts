/** Pages around scratch memory that nothing may access, so that an error ends the program. */
import type { System } from "./system.ts";

/** Bytes of a page on x86-64. */
const PAGE_BYTES = 4096;

/** Alignment of memory between guard pages: a cache line. */
const LINE_BYTES = 64;

/** Memory between two guard pages. */
export interface GuardedMemory {
  /** Byte address of the usable memory, in the heap. */
  readonly address: number;
  /** Makes the guard pages accessible again. The memory may be released after that. */
  open(): void;
}

/** Bytes to allocate for memory between guard pages. */
export function guardedByteLength(byteLength: number): number {
  return roundUp(byteLength, PAGE_BYTES) + 3 * PAGE_BYTES;
}

/**
 * Protects a page before and a page after `byteLength` bytes in a block of
 * {@linkcode guardedByteLength}. The bytes end where the second page starts, but for alignment. If
 * the system has no room for more mappings, the pages are accessible; checked mode does not need them.
 */
export function guardMemory(
  system: System,
  heap: bigint,
  { block, byteLength }: { block: number; byteLength: number },
): GuardedMemory {
  const before = roundUp(block, PAGE_BYTES);
  const after = before + PAGE_BYTES + roundUp(byteLength, PAGE_BYTES);
  const pages = [before, after].map((place) => heap + BigInt(place));
  const guarded = pages.filter((page) => system.protect(page, PAGE_BYTES));
  return {
    address: after - roundUp(byteLength, LINE_BYTES),
    open: () => guarded.forEach((page) => system.unprotect(page, PAGE_BYTES)),
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
