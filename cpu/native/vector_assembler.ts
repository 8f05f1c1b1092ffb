/** Generates the machine code of loops over vectors. */
import { changedBy, dyingValues } from "./lifetimes.ts";
import type { LiteralCode } from "./literals.ts";
import type { Register } from "./registers.ts";
import { assembleDefinition } from "./vector_definitions.ts";
import { MOVE } from "./vector_functions.ts";
import {
  type Definition,
  type Item,
  type Loop,
  UNARY_OPS,
  Unsupported,
  usesOf,
  type ValueId,
  VECTOR_OPS,
  type VectorLoop,
  type VectorOpcode,
} from "./vector_loop.ts";
import { POINTERS, type VectorMemory } from "./vector_memory.ts";
import { VectorOperands } from "./vector_operands.ts";
import type { VectorRegisters } from "./vector_registers.ts";
import { Assembler } from "./x64.ts";

/** Counters of loops, outermost first. The loop over vectors counts in `rcx`. */
const COUNTERS: readonly Register[] = ["rdx", "rbx", "rbp"];

/** Registers that the System V convention preserves; the pointers from `r12` on are others. */
const PRESERVED: readonly Register[] = ["rbx", "rbp"];

/** Vector registers that a loop leaves for its temporary values. */
const SPARE = { 32: 6, 64: 12 } as const;

/** Most bytes of the stack: on Windows, more than a page needs probes. */
const MOST_STACK = 3584;

/**
 * Assembles a function of the address of a call in `rdi` and that of the heap in `rsi`, which
 * returns 0.
 * @throws {Unsupported} if there are too few counters or registers, or too little of the stack
 */
export function assembleVectorLoop(loop: VectorLoop, vectorBytes: 32 | 64): readonly number[] {
  return new VectorLoopAssembler(loop, vectorBytes).assemble();
}

class VectorLoopAssembler {
  readonly #bytes: 32 | 64;
  readonly #loop: VectorLoop;
  readonly #plain: Assembler;
  readonly #operands: VectorOperands;
  readonly #code: LiteralCode;
  readonly #memory: VectorMemory;
  readonly #registers: VectorRegisters;

  constructor(loop: VectorLoop, vectorBytes: 32 | 64) {
    this.#loop = loop;
    this.#bytes = vectorBytes;
    this.#plain = new Assembler(vectorBytes);
    this.#operands = new VectorOperands(this.#plain, loop.pointers, vectorBytes);
    this.#code = this.#operands.code;
    this.#memory = this.#operands.memory;
    this.#registers = this.#operands.registers;
  }

  assemble(): readonly number[] {
    const code = this.#plain;
    const { pointers, body } = this.#loop;
    const preserved = [...PRESERVED, ...POINTERS.slice(4, Math.max(4, pointers.length))];
    for (const register of preserved) code.push(register);
    code.move("rax", "rsp").addConstant("rsp", -MOST_STACK).alignStack();
    code.store64({ base: "rsp", offset: 0 }, "rax");
    this.#memory.loadPointers();
    this.#body(body, 0);
    if (this.#memory.stackBytes(this.#registers.mostSlots) > MOST_STACK) {
      throw new Unsupported("too many values on the stack");
    }
    code.load64("rsp", { base: "rsp", offset: 0 });
    for (const register of preserved.toReversed()) code.pop(register);
    code.clear32("rax").zeroUpper().return();
    this.#code.finish();
    return code.bytes;
  }

  /** Assembles a body, inside of so many loops that are not over vectors. */
  #body(items: readonly Item[], depth: number): void {
    const uses = items.map(usesOf);
    const dying = dyingValues(items, uses);
    items.forEach((item, i) => {
      this.#registers.advance(uses, i + 1);
      this.#item(item, dying[i]!, depth);
    });
  }

  #item(item: Item, dying: readonly ValueId[], depth: number): void {
    const registers = this.#registers;
    const release = (): void => dying.forEach((id) => registers.release(id));
    switch (item.kind) {
      case "define":
        this.#define(item.id, item.definition, release);
        if (dying.includes(item.id)) registers.release(item.id); // it is never used
        return;
      case "store":
        this.#operands.hold([item.value]);
        this.#memory.store(item, registers.take(item.value, [item.value]));
        break;
      case "return":
        this.#memory.storeResult(item.element, registers.take(item.value, [item.value]));
        break;
      case "combine": {
        const into = registers.change(item.into, [item.into, item.value]);
        const other = this.#operands.last(item.value);
        if (item.op === "replace") this.#code.apply(MOVE, into, 0, other);
        else this.#code.apply(VECTOR_OPS[item.op], into, into, other);
        break;
      }
      case "loop":
        this.#enterLoop(item, depth);
    }
    release();
  }

  // Loops.

  #enterLoop(item: Extract<Item, { kind: "loop" }>, depth: number): void {
    const { loop } = item;
    const registers = this.#registers;
    const before = registers.save();
    const changed = changedBy(loop);
    const read = usesOf(item).filter((id) =>
      !changed.includes(id) && !this.#operands.isLiteral(id)
    );
    registers.enter({ changed, read, spare: SPARE[this.#bytes] });
    const entered = registers.save();
    if (typeof loop.turns === "object" && "vectors" in loop.turns) {
      this.#vectorLoop(loop, loop.turns, depth);
    } else this.#countedLoop(loop, loop.turns, depth);
    registers.leave(entered, before);
  }

  #countedLoop(loop: Loop, turns: number | { readonly word: number }, depth: number): void {
    const counter = COUNTERS[depth];
    if (!counter) throw new Unsupported("too many nested loops");
    const entered = this.#registers.save();
    const advance = (count: number): void =>
      loop.steps.forEach(({ pointer, bytes }) => this.#memory.advance(pointer, bytes, count));
    if (typeof turns === "number") this.#plain.moveConstant32(counter, turns);
    else this.#plain.load32(counter, this.#memory.argument(turns.word));
    this.#plain.repeat(counter, () => {
      this.#body(loop.body, depth + 1);
      this.#registers.restore(entered);
      advance(1);
    });
    if (typeof turns === "number") advance(-turns);
  }

  #vectorLoop(
    loop: Loop,
    { vectors, copies }: { vectors: number; copies: number },
    depth: number,
  ): void {
    const code = this.#plain;
    const memory = this.#memory;
    const entered = this.#registers.save();
    code.clear32("rsi").load32("rcx", memory.argument(vectors)).test32("rcx");
    code.unlessZero(() =>
      code.repeat("rcx", () => {
        this.#body(loop.body, depth);
        this.#registers.restore(entered);
        code.addConstant("rsi", copies * this.#bytes);
      })
    );
    if (copies > 1) return;
    code.load32("rax", memory.argument(vectors + 1)).test32("rax");
    this.#operands.hold([]);
    code.unlessZero(() => {
      memory.keepTail(vectors + 1);
      memory.isTail = true;
      this.#body(loop.body, depth);
      memory.isTail = false;
      this.#registers.restore(entered);
    });
  }

  // Definitions.

  #define(id: ValueId, definition: Definition, release: () => void): void {
    if (definition.kind === "literal") {
      const { first, step } = definition;
      const lanes = Array.from({ length: this.#bytes / 4 }, (_, lane) => first + step * lane | 0);
      this.#operands.defineLiteral(id, lanes);
      return;
    }
    if (definition.kind === "op") {
      this.#apply(id, definition, release);
      return;
    }
    // The result has a register of its own, because it is written before all operands are read.
    const registers = this.#registers;
    const args = "args" in definition ? definition.args : [];
    for (const arg of args) registers.take(arg, args);
    const target = registers.define(id, args);
    this.#operands.hold([...args, id]);
    const operands = args.map((arg) => registers.find(arg)!);
    assembleDefinition(this.#memory, target, { definition, operands, values: this.#loop.values });
    release();
  }

  #apply(
    id: ValueId,
    { op, args }: Extract<Definition, { kind: "op" }>,
    release: () => void,
  ): void {
    const opcode: VectorOpcode = VECTOR_OPS[op];
    const isUnary = UNARY_OPS.has(op);
    const [first, last] = opcode.swapped ? args.toReversed() : args;
    const second = isUnary ? 0 : this.#registers.take(first!, args);
    const operand = this.#operands.last(isUnary ? first! : last!);
    release();
    this.#code.apply(opcode, this.#registers.define(id, args), second, operand);
  }
}
