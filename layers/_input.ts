import { Tensor } from "../autograd/mod.ts";
import { formatFound, type ValueRule } from "../graph/mod.ts";
import type { ForwardContext } from "./context.ts";

/** Rejects values that are not tensors, such as host arrays, in code that is not type-checked. */
export function mustBeTensor(x: unknown, label: string): void {
  if (x instanceof Tensor) return;
  throw new TypeError(
    `Cannot apply "${label}" to ${
      formatFound(x)
    }: it must be a Tensor: use an input of the step, or tensor(…)`,
  );
}

/** The same for several inputs, by name; `what` they are given to, as in `"x" to { query, key }`. */
export function mustBeTensors(inputs: Readonly<Record<string, unknown>>, what: string): void {
  for (const [name, value] of Object.entries(inputs)) {
    if (value instanceof Tensor) continue;
    throw new TypeError(
      `Cannot apply ${what}: ${name} must be a Tensor: current is ${formatFound(value)}`,
    );
  }
}

/** The inputs by name, in code that is not type-checked: `first` must be among them. */
export function namedInputs<I extends object>(
  inputs: I,
  first: keyof I & string,
  label: string,
): I {
  if (first in Object(inputs)) return inputs;
  throw new TypeError(
    `Cannot apply "${label}": its inputs must have names, as in forward({ ${first} }): ` +
      `current is ${formatFound(inputs)}`,
  );
}

/** The same, of a layer that also takes the first of them alone. */
export function inputsOf<I extends object>(
  inputs: Tensor | I,
  first: keyof I & string,
  label: string,
): I {
  return inputs instanceof Tensor ? { [first]: inputs } as I : namedInputs(inputs, first, label);
}

/** PyTorch's `lstm(x, state)` would start at zero in silence, in code that is not type-checked. */
export function mustBeContext(context: unknown, label: string): void {
  if (typeof (context as ForwardContext | null)?.training === "boolean") return;
  throw new TypeError(
    `Cannot apply "${label}": the state is an input, as in forward({ x, state }, context): ` +
      `current context is ${formatFound(context)}`,
  );
}

/** The rule of an option that is a tensor. */
export const tensorRule: ValueRule = {
  text: "a Tensor",
  holds: (value) => value instanceof Tensor,
};
