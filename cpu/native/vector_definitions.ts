/** Assembles the definition of a value in a register of its own. */
import {
  assembleComparison,
  assembleMultiplyAdd,
  assembleSelect,
  assembleShift,
  assembleTruncation,
} from "./vector_functions.ts";
import type { Definition } from "./vector_loop.ts";
import type { VectorMemory } from "./vector_memory.ts";

/** A definition, the registers of its arguments, and the first word of the call's values. */
interface Defined {
  readonly definition: Exclude<Definition, { kind: "literal" | "op" }>;
  readonly operands: readonly number[];
  readonly values: number;
}

/** Sets `target`, which is none of the operands. */
export function assembleDefinition(
  memory: VectorMemory,
  target: number,
  { definition, operands: [a = 0, b = 0, c = 0], values }: Defined,
): void {
  switch (definition.kind) {
    case "argument":
      return memory.broadcast(target, memory.argument(values + definition.word));
    case "element":
      return memory.broadcast(target, memory.at(definition, false));
    case "position":
      return memory.broadcast(target, memory.pointerPlace(definition.pointer));
    case "load":
      return memory.load(target, definition);
    case "lane":
      return memory.lane(target);
    case "gather":
      return memory.gather(target, definition, a);
    case "window":
      return memory.window(target, definition, a);
    case "comparison":
      return assembleComparison(memory, target, { op: definition.op, a, b });
    case "shift":
      return assembleShift(memory, target, { ...definition, source: a });
    case "multiplyAdd":
      return assembleMultiplyAdd(memory, target, { a, b, c, negated: definition.negated });
    case "truncate":
      return assembleTruncation(memory, target, a);
    case "select":
      assembleSelect(memory, target, { whenTrue: a, whenFalse: b, mask: c });
  }
}
