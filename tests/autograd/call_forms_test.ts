// Calls as in PyTorch and NumPy, in code that is not type-checked: they work, or are refused by name.
import { assertEquals, assertThrows } from "@std/assert";
import * as autograd from "../../autograd/mod.ts";
import { Tensor, tensor } from "../../autograd/mod.ts";
import { interpret } from "../../graph/mod.ts";
import { refusesByName } from "../support/refuses_by_name.ts";

const elements = ({ node }: Tensor) => [...interpret([node]).get(node)!];
const x = tensor([[1, 2, 3], [4, 5, 6]]);

Deno.test("scatter() and scatterAdd() take a number for all positions", () => {
  const indices = tensor([[2], [0]], "i32");
  assertEquals(elements(x.scatter(1, indices, 7)), [1, 2, 7, 7, 5, 6]);
  assertEquals(elements(x.scatterAdd(-1, indices, 0.5)), [1, 2, 3.5, 4.5, 5, 6]);
  const twice = tensor([[1, 1], [3, 0]], "i32"); // 3 is out of range
  assertEquals(elements(x.scatterAdd(1, twice, 10)), [1, 22, 3, 14, 5, 6]);
  const whole = tensor([1, 2, 3], "i32");
  assertEquals(whole.scatter(0, tensor([1], "i32"), 5).dtype, "i32");
  assertThrows(() => whole.scatter(0, tensor([1], "i32"), 0.5), TypeError, "for i32");
  assertThrows(() => x.scatter(1, 2 as never, 7), TypeError, "Cannot compute with 2");
});

/** What code without types may pass in place of tensors, sizes, functions, and options. */
const odd: readonly unknown[] = [
  ...[undefined, null, 3, -1, 1.5, NaN, true, "x", [1], [0, 1], {}, new Float32Array(6)],
  ...[x, tensor([[0, 1, 0], [1, 0, 1]], "i32"), x.node, () => x],
];

/** Calls with no argument, and with all ones and pairs of odd arguments. */
function* oddArguments(): Generator<readonly unknown[]> {
  yield [];
  for (const first of odd) {
    yield [first];
    for (const second of odd) yield [first, second];
  }
}

const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
  .flatMap(([name, { value }]) =>
    typeof value === "function" && name !== "constructor" ? [[name, value] as const] : []
  );

for (const [name, method] of methods) {
  Deno.test(`x.${name}() takes odd arguments or refuses them by name`, async () => {
    for (const args of oddArguments()) await refusesByName(() => method.apply(x, args));
  });
}

/** Functions of tensors. Others take nodes, types, or variables, as in docs/extending.md. */
const functions = [
  ...["arange", "avgPool2d", "checkpoint", "concat", "conv1d", "conv2d", "conv3d"],
  ...["convTranspose1d", "convTranspose2d", "einsum", "evaluate", "eye", "full", "grad"],
  ...["gradientsOf", "hessian", "jacobian", "jvp", "linspace", "maxPool2d", "meshgrid", "ones"],
  ...["stack", "tensor", "tensordot", "tri", "unique", "valueAndGrad", "vjp", "vmap", "where"],
  ...["zeros"],
];

for (const name of functions) {
  Deno.test(`${name}() takes odd arguments or refuses them by name`, async () => {
    const call: (...args: readonly unknown[]) => unknown = Reflect.get(autograd, name);
    for (const args of oddArguments()) await refusesByName(() => call(...args));
  });
}
