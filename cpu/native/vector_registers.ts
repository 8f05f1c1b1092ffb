/** Keeps values in vector registers while straight-line code is assembled. */
import { Unsupported, type ValueId } from "./vector_loop.ts";

/** The instructions that move values between registers and other places. */
export interface Mover {
  /** Whether a value can always be reloaded, and so needs no place on the stack. */
  isLiteral(id: ValueId): boolean;
  /** Stores a register to its value's place on the stack. */
  spill(register: number, slot: number): void;
  /** Loads a value that is not in a register. */
  reload(register: number, id: ValueId): void;
}

/** Where values are at a point of the code. */
interface State {
  readonly registers: ReadonlyMap<ValueId, number>;
  readonly slots: ReadonlyMap<ValueId, number>;
  readonly fixed: ReadonlySet<ValueId>;
  readonly slotCount: number;
}

/**
 * Registers by value. A value without a register is on the stack, or is a literal. When all
 * registers are taken, the value whose next use is farthest away goes to the stack.
 */
export class VectorRegisters {
  readonly #mover: Mover;
  readonly #count: number;
  #registers = new Map<ValueId, number>();
  #slots = new Map<ValueId, number>();
  /** Values that must stay in their registers, because a loop relies on it. */
  #fixed = new Set<ValueId>();
  #slotCount = 0;
  #mostSlots = 0;
  /** What the items of the current body use, and how many of them come before the next one. */
  #uses: readonly (readonly ValueId[])[] = [];
  #next = 0;

  constructor(count: number, mover: Mover) {
    this.#count = count;
    this.#mover = mover;
  }

  /** Most vectors on the stack at once. */
  get mostSlots(): number {
    return this.#mostSlots;
  }

  /** The state, to return to after a body. */
  save(): State {
    const [registers, slots] = [new Map(this.#registers), new Map(this.#slots)];
    return { registers, slots, fixed: new Set(this.#fixed), slotCount: this.#slotCount };
  }

  /** Returns to an earlier state. Places on the stack that were taken since are free again. */
  restore({ registers, slots, fixed, slotCount }: State): void {
    this.#registers = new Map(registers);
    this.#slots = new Map(slots);
    this.#fixed = new Set(fixed);
    this.#slotCount = slotCount;
  }

  /** Sets what the items of a body use, and which of them follow the current one. */
  advance(uses: readonly (readonly ValueId[])[], next: number): void {
    this.#uses = uses;
    this.#next = next;
  }

  /** The register of a value, if it is in one. */
  find(id: ValueId): number | undefined {
    return this.#registers.get(id);
  }

  /** The value's place on the stack, if it has one. */
  slot(id: ValueId): number | undefined {
    return this.#slots.get(id);
  }

  /** Brings a value into a register. */
  take(id: ValueId, busy: readonly ValueId[]): number {
    const known = this.#registers.get(id);
    if (known !== undefined) return known;
    const register = this.#free(busy);
    this.#mover.reload(register, id);
    this.#registers.set(id, register);
    return register;
  }

  /** Brings a value into a register to change it there. */
  change(id: ValueId, busy: readonly ValueId[]): number {
    const register = this.take(id, busy);
    this.#slots.delete(id);
    return register;
  }

  /** A register for a new value. The values in `busy` stay where they are. */
  define(id: ValueId, busy: readonly ValueId[]): number {
    const register = this.#free(busy);
    this.#registers.set(id, register);
    return register;
  }

  /** Leaves a loop: its own values are gone, and those that it fixed may move again. */
  leave(entered: State, before: State): void {
    this.restore({ ...entered, fixed: before.fixed });
  }

  /** Forgets a value that is not used any more. */
  release(id: ValueId): void {
    if (this.#fixed.has(id)) return;
    this.#registers.delete(id);
    this.#slots.delete(id);
  }

  /**
   * Prepares for a loop: fixes the values that it changes, and as many of those that it reads as
   * leave `spare` registers. All other values go to the stack.
   */
  enter(
    { changed, read, spare }: {
      changed: readonly ValueId[];
      read: readonly ValueId[];
      spare: number;
    },
  ): void {
    for (const id of changed) {
      this.change(id, changed);
      this.#fixed.add(id);
    }
    for (const id of read) {
      if (this.#fixed.has(id) || this.#registers.get(id) === undefined) continue;
      if (this.#count - this.#fixed.size > spare) this.#fixed.add(id);
    }
    for (const id of [...this.#registers.keys()]) if (!this.#fixed.has(id)) this.#spill(id);
  }

  #free(busy: readonly ValueId[]): number {
    let taken = 0;
    for (const register of this.#registers.values()) taken |= 1 << register;
    const lowest = 31 - Math.clz32(~taken & -~taken); // -1 if all are taken
    return lowest >= 0 && lowest < this.#count ? lowest : this.#makeFree(busy);
  }

  /** Moves the value whose next use is farthest away to the stack. */
  #makeFree(busy: readonly ValueId[]): number {
    let [last, farthest]: [ValueId | undefined, number] = [undefined, -1];
    for (const id of this.#registers.keys()) {
      if (this.#fixed.has(id) || busy.includes(id)) continue;
      const next = this.#nextUse(id);
      if (next > farthest) [last, farthest] = [id, next];
    }
    if (last === undefined) throw new Unsupported("too few registers");
    const register = this.#registers.get(last)!;
    this.#spill(last);
    return register;
  }

  #nextUse(id: ValueId): number {
    for (let i = this.#next; i < this.#uses.length; i++) {
      if (this.#uses[i]!.includes(id)) return i;
    }
    return Infinity;
  }

  #spill(id: ValueId): void {
    const register = this.#registers.get(id)!;
    this.#registers.delete(id);
    if (this.#slots.has(id) || this.#mover.isLiteral(id)) return;
    const slot = this.#slotCount++;
    this.#mostSlots = Math.max(this.#mostSlots, this.#slotCount);
    this.#slots.set(id, slot);
    this.#mover.spill(register, slot);
  }
}
