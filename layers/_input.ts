import { Tensor } from "../autograd/mod.ts";

/** Refuses host arrays and the like, which `deno run` without `--check` lets through. */
export function mustBeTensor(x: unknown, label: string): void {
  if (x instanceof Tensor) return;
  const kind = typeof x === "object" && x !== null ? `a ${x.constructor.name}` : String(x);
  throw new TypeError(
    `Cannot apply "${label}" to ${kind}: it must be a Tensor: an input of the step, or tensor(…)`,
  );
}
