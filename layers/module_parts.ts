import { Tensor } from "../autograd/mod.ts";
import { GraphError } from "../graph/mod.ts";

/** The places that are searched for submodules, for error messages. */
export const PLACES = "public fields of a module, and arrays, objects, Maps, and Sets in them";

/** Parts by name: `fc`, `blocks.0.1`, `heads.large`. */
export type Parts<P> = Map<string, P>;

type IsPart<P> = (value: unknown) => value is P;

/**
 * Finds the parts in an object's fields and in containers in them, in the order of the fields.
 * Parts in arrays and Sets are named by position, those in objects and Maps by key.
 * @throws {GraphError} if two parts have the same name
 */
export function findParts<P>(owner: object, isPart: IsPart<P>): Parts<P> {
  const found: Parts<P> = new Map();
  const open = new Set<unknown>(); // a container may contain itself
  const visit = (value: unknown, name: string): void => {
    if (isPart(value)) return addPart(found, name, value);
    const entries = entriesOf(value);
    if (!entries || open.has(value)) return;
    open.add(value);
    for (const [key, item] of entries) visit(item, `${name}.${key}`);
    open.delete(value);
  };
  for (const [name, value] of Object.entries(owner)) visit(value, name);
  return found;
}

/** The tensors of a module's output: itself, or those in arrays, objects, Maps, and Sets in it. */
export function tensorsOf(output: unknown): Tensor[] {
  return [...findParts({ output }, (value) => value instanceof Tensor).values()];
}

/**
 * Adds a part.
 * @throws {GraphError} if the name is already in use
 */
export function addPart<P>(parts: Parts<P>, name: string, part: P): void {
  if (parts.has(name) && parts.get(name) !== part) {
    throw new GraphError(
      `Cannot name the parts of a module: each must have a unique name: two are called "${name}"`,
    );
  }
  parts.set(name, part);
}

/**
 * Rejects fields whose value is an object of some other class with parts in it: they would not be
 * found.
 * @throws {GraphError} naming the field and the class
 */
export function refuseHidden<P>(owner: object, isPart: IsPart<P>): void {
  for (const [name, value] of Object.entries(owner)) {
    if (typeof value !== "object" || value === null || isPart(value) || entriesOf(value)) continue;
    if (!Object.values(value).some(isPart)) continue;
    throw new GraphError(
      `Cannot initialize ${owner.constructor.name}: its submodules must be in ${PLACES}: current field ` +
        `"${name}" is a ${value.constructor.name} with modules in it: make it a Module`,
    );
  }
}

/** Names and items of a container; `undefined` for other values. */
function entriesOf(value: unknown): Iterable<readonly [unknown, unknown]> | undefined {
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Map) return value;
  if (value instanceof Set) return [...value].entries();
  if (typeof value !== "object" || value === null) return undefined;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : undefined;
}
