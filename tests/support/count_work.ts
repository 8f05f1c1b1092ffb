// deno-lint-ignore-file no-explicit-any

/** Methods that look at one element, and methods that look at all of them. */
const single = [[Map, ["get", "has", "set", "delete"]], [Set, ["has", "add", "delete"]]] as const;
const whole = ["map", "filter", "flatMap", "forEach", "some", "every", "find", "reduce", "sort"];

/**
 * Counts what a function does with maps, sets, and arrays: elements looked up, stored, and visited.
 * Unlike time, it is the same on every machine and in every run.
 */
export function countWork(work: () => void): number {
  let count = 0;
  const undo: (() => void)[] = [];
  const countCalls = (owner: any, method: PropertyKey, cost: (self: any) => number) => {
    const original = owner[method];
    owner[method] = function (...args: unknown[]) {
      count += cost(this);
      return original.apply(this, args);
    };
    undo.push(() => owner[method] = original);
  };
  for (const [owner, methods] of single) {
    methods.forEach((method) => countCalls(owner.prototype, method, () => 1));
  }
  for (const list of [new Map(), new Set(), []]) {
    countCalls(Object.getPrototypeOf(list[Symbol.iterator]()), "next", () => 1);
  }
  const methods = whole.map((method) => [method, (self: unknown[]) => self.length] as const);
  for (const [method, cost] of methods) countCalls(Array.prototype, method, cost);
  try {
    work();
  } finally {
    undo.forEach((restore) => restore());
  }
  return count;
}
