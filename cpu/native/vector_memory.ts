/** Loads and stores of vectors relative to pointers, in a loop over vectors. */
import { ARGUMENTS, RESULTS } from "./call_layout.ts";
import type { LiteralCode } from "./literals.ts";
import type { Memory, Register } from "./registers.ts";
import { assembleSelect, assembleShift, type FunctionHost, TEMPORARY } from "./vector_functions.ts";
import { VECTOR_OPS, type VectorLoop } from "./vector_loop.ts";
import type { Assembler } from "./x64.ts";

/** Registers that hold pointers. The others are on the stack, and loaded to `rax` when used. */
export const POINTERS: readonly Register[] = [
  ...(["r8", "r9", "r10", "r11"] as const),
  ...(["r12", "r13", "r14", "r15"] as const),
];

/** The mask register of the lanes past the last whole vector. */
const TAIL = 1;

const LOAD = { map: 1, prefix: 0, opcode: 0x10 } as const;
/** `vmaskmovps` from and to memory. */
const MASKED_LOAD = { map: 2, prefix: 1, opcode: 0x2c } as const;
const MASKED_STORE = { map: 2, prefix: 1, opcode: 0x2e } as const;
const EQUAL = { map: 1, prefix: 1, opcode: 0x76 } as const;
const GREATER = { map: 1, prefix: 1, opcode: 0x66 } as const;

/** A place relative to a pointer. */
interface Place {
  readonly pointer: number;
  readonly offset: number;
}

/** The memory operands of a loop. The stack holds the caller's `rsp`, pointers, and vectors. */
export class VectorMemory implements FunctionHost {
  readonly bytes: 32 | 64;
  readonly code: LiteralCode;
  readonly temporary: FunctionHost["temporary"];
  /** Whether the code is for the lanes past the last whole vector. */
  isTail = false;
  readonly #plain: Assembler;
  readonly #pointers: VectorLoop["pointers"];

  constructor(plain: Assembler, pointers: VectorLoop["pointers"], host: FunctionHost) {
    this.#plain = plain;
    this.#pointers = pointers;
    this.bytes = host.bytes;
    this.code = host.code;
    this.temporary = (use) => host.temporary(use);
  }

  /** The place of a call's word. */
  argument(word: number): Memory {
    return { base: "rdi", offset: ARGUMENTS + 4 * word };
  }

  /** Stores to the call's results, from an element on. */
  storeResult(element: number, source: number): void {
    this.#plain.storeVector({ base: "rdi", offset: RESULTS + 4 * element }, source);
  }

  /** The place on the stack of a vector. */
  slot(slot: number): Memory {
    return { base: "rsp", offset: this.#vectorsAt + this.bytes * (slot + 1) };
  }

  /** Bytes of the stack for these vectors. */
  stackBytes(slots: number): number {
    return this.slot(slots).offset;
  }

  get #vectorsAt(): number {
    return 64 * Math.ceil((8 * this.#pointers.length + 16) / 64);
  }

  /** The mask of the lanes past the last whole vector, for AVX2. */
  get #tailMask(): Memory {
    return { base: "rsp", offset: this.#vectorsAt };
  }

  /** The place on the stack of a pointer. */
  pointerPlace(pointer: number): Memory {
    return { base: "rsp", offset: 8 + 8 * pointer };
  }

  /** Sets all pointers to their starts; `rsi` holds the address of the heap. */
  loadPointers(): void {
    const code = this.#plain;
    this.#pointers.forEach(({ word, isAddress }, i) => {
      const register = POINTERS[i] ?? "rax";
      code.load32(register, this.argument(word));
      if (isAddress) code.add(register, "rsi");
      if (!isAddress || register === "rax") code.store64(this.pointerPlace(i), register);
    });
  }

  /** Moves a pointer by `steps` steps of `bytes` each. Integers wrap at 32 bits. */
  advance(pointer: number, bytes: number, steps: number): void {
    const register = POINTERS[pointer];
    const { isAddress } = this.#pointers[pointer]!;
    if (register && isAddress) this.#plain.addConstant(register, steps * bytes);
    else {
      const distance = isAddress ? steps * bytes : Math.imul(steps, bytes);
      this.#plain.addToMemory(this.pointerPlace(pointer), distance);
    }
  }

  /** A memory operand at a pointer, which is loaded if it is on the stack. */
  at({ pointer, offset }: Place, isIndexed: boolean): Memory {
    const register = POINTERS[pointer];
    if (!register) this.#plain.load64("rax", this.pointerPlace(pointer));
    return { base: register ?? "rax", offset, ...(isIndexed && { index: "rsi" as const }) };
  }

  /** Sets the mask of the lanes past the last whole vector, from a word in `rax`. */
  keepTail(word: number): void {
    if (this.bytes === 64) {
      this.#plain.setMask(TAIL, "rax");
      return;
    }
    const lanes = Array.from({ length: 8 }, (_, lane) => lane);
    this.temporary((rest) => {
      this.#plain.broadcast(rest, this.argument(word));
      this.code.apply(GREATER, rest, rest, lanes);
      this.#plain.storeVector(this.#tailMask, rest);
    });
  }

  /** Loads an element to all lanes. */
  broadcast(target: number, element: Memory): void {
    this.#plain.broadcast(target, element);
  }

  /** Loads the vector at a pointer plus the position. */
  load(target: number, place: Place): void {
    const memory = this.at(place, true);
    if (!this.isTail) this.#plain.loadVector(target, memory);
    else if (this.bytes === 64) {
      this.#plain.loadLanes(target, memory, { register: TAIL, zeroing: true });
    } else {
      this.#plain.loadVector(target, this.#tailMask);
      this.code.emit({ ...MASKED_LOAD, register: target, second: target, last: memory });
    }
  }

  /** Stores to a pointer plus the position. */
  store(place: Place, source: number): void {
    const memory = this.at(place, true);
    if (!this.isTail) this.#plain.storeVector(memory, source);
    else if (this.bytes === 64) {
      this.#plain.storeLanes(memory, source, { register: TAIL, zeroing: false });
    } else {
      this.temporary((mask) => {
        this.#plain.loadVector(mask, this.#tailMask);
        this.code.emit({ ...MASKED_STORE, register: source, second: mask, last: memory });
      });
    }
  }

  /** The position in the loop over vectors, in elements. */
  lane(target: number): void {
    const place = { base: "rsp", offset: 8 + 8 * this.#pointers.length } as const;
    this.#plain.store32(place, "rsi").broadcast(target, place);
    const bytes = Array.from({ length: this.bytes / 4 }, (_, lane) => 4 * lane);
    this.code.apply(VECTOR_OPS["i32x4.add"], target, target, bytes);
    assembleShift(this, target, { op: "i32x4.shr_u", count: 2, source: target });
  }

  /** Loads the elements at distances from a pointer. */
  gather(target: number, place: Place, elements: number): void {
    const last = { ...this.at(place, false), index: { elements } };
    const gather = { map: 2, prefix: 1, opcode: 0x92, memoryBytes: 4 } as const;
    const code = this.#plain;
    if (this.bytes === 64) {
      if (this.isTail) code.copyMask(TEMPORARY, TAIL);
      else code.fillMask(TEMPORARY);
      const mask = { register: TEMPORARY, zeroing: false };
      code.vector({ ...gather, register: target, last, mask });
      return;
    }
    this.temporary((mask) => {
      if (this.isTail) code.loadVector(mask, this.#tailMask);
      else this.code.apply(EQUAL, mask, mask, mask);
      code.clearVector(target).vector({ ...gather, register: target, second: mask, last });
    });
  }

  /** Loads a window of at most 16 elements and permutes it. */
  window(target: number, place: Place & { readonly length: number }, elements: number): void {
    const permute = { map: 2, prefix: 1, opcode: 0x16 } as const;
    const { length } = place;
    if (this.bytes === 64) {
      this.#plain.moveConstant32("rax", 2 ** length - 1).setMask(TEMPORARY, "rax");
      const memory = this.at(place, false);
      this.#plain.loadLanes(target, memory, { register: TEMPORARY, zeroing: true });
      this.code.apply(permute, target, elements, target);
      return;
    }
    const half = (into: number, first: number): void => {
      const mask = Array.from({ length: 8 }, (_, lane) => first + lane < length ? -1 : 0);
      this.code.apply(LOAD, into, 0, mask);
      const last = this.at({ ...place, offset: place.offset + 4 * first }, false);
      this.code.emit({ ...MASKED_LOAD, register: into, second: into, last });
      this.code.apply(permute, into, elements, into);
    };
    half(target, 0);
    if (length <= 8) return;
    this.temporary((upper) => {
      half(upper, 8);
      this.temporary((isUpper) => {
        // The bit that says which half becomes the sign, which selects.
        assembleShift(this, isUpper, { op: "i32x4.shl", count: 28, source: elements });
        assembleSelect(this, target, { whenTrue: upper, whenFalse: target, mask: isUpper });
      });
    });
  }
}
