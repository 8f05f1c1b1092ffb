import { formatFound } from "../graph/mod.ts";
import { Tensor } from "./tensor.ts";

/** Tensors in any nesting of arrays and objects, or nothing. */
export type Structure =
  | Tensor
  | undefined
  | readonly Structure[]
  | { readonly [name: string]: Structure };

/**
 * The tensors of a structure, in order.
 * @throws {TypeError} if it contains anything else
 */
export function tensorsIn(structure: Structure, action: string): Tensor[] {
  if (structure === undefined) return [];
  if (structure instanceof Tensor) return [structure];
  const isPlain = Array.isArray(structure) ||
    Object.getPrototypeOf(Object(structure)) === Object.prototype;
  if (typeof structure !== "object" || !isPlain) {
    throw new TypeError(
      `Cannot ${action}: expected tensors, in arrays or objects: current is ${
        formatFound(structure)
      }`,
    );
  }
  return Object.values<Structure>(structure).flatMap((part) => tensorsIn(part, action));
}

/** The same structure of other tensors, in order. */
export function withTensors(structure: Structure, tensors: readonly Tensor[]): unknown {
  let next = 0;
  const rebuild = (part: Structure): Structure => {
    if (part === undefined) return undefined;
    if (part instanceof Tensor) return tensors[next++]!;
    if (isArray(part)) return part.map(rebuild);
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, rebuild(each)]));
  };
  return rebuild(structure);
}

function isArray(structure: object): structure is readonly Structure[] {
  return Array.isArray(structure);
}

/** The names of a structure, without its tensors: equal for structures of the same form. */
export function formOf(structure: Structure): string {
  if (structure === undefined) return "nothing";
  if (structure instanceof Tensor) return "tensor";
  if (isArray(structure)) return `[${structure.map(formOf).join(", ")}]`;
  return `{ ${
    Object.entries(structure).map(([name, part]) => `${name}: ${formOf(part)}`).join(", ")
  } }`;
}
