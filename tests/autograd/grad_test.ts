import { assertEquals, assertThrows } from "@std/assert";
import {
  grad,
  gradientsOf,
  pullBack,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "../../autograd/mod.ts";
import { GraphError, interpret, ShapeError } from "../../graph/mod.ts";

function numbers({ node }: Tensor): number[] {
  return [...interpret([node]).get(node)!];
}

Deno.test("grad() gives the gradients of all arguments", () => {
  const [dx, dy] = grad((x, y) => x!.mul(y!).sum())(tensor([1, 2]), tensor([3, 4]));
  assertEquals([numbers(dx!), numbers(dy!)], [[3, 4], [1, 2]]);
});

Deno.test("valueAndGrad() gives the value as well", () => {
  const { value, gradients } = valueAndGrad((x) => x!.square().sum())(tensor([1, -2]));
  assertEquals([numbers(value), numbers(gradients[0]!)], [[5], [2, -4]]);
});

Deno.test("gradients can be differentiated again, as often as one likes", () => {
  const cube = (x: Tensor) => x.mul(x).mul(x).sum();
  const first = (x: Tensor) => grad((y) => cube(y!))(x)[0]!;
  const second = (x: Tensor) => grad((y) => first(y!).sum())(x)[0]!;
  const third = (x: Tensor) => grad((y) => second(y!).sum())(x)[0]!;
  const x = tensor([2, -1]);
  assertEquals([first, second, third].map((f) => numbers(f(x))), [[12, 3], [12, -6], [6, 6]]);
});

Deno.test("a value that is used several times gets the sum of all cotangents", () => {
  const x = tensor([3]);
  const y = x.square();
  assertEquals(numbers(gradientsOf(y.add(y).add(x).sum(), [x])[0]!), [13]);
});

Deno.test("gradients with respect to values in between are given", () => {
  const x = tensor([3]);
  const y = x.square();
  const [dy, dx] = gradientsOf(y.mul(x).sum(), [y, x]);
  assertEquals([numbers(dy!), numbers(dx!)], [[3], [27]]); // d(x³)/dx = 3x²
});

Deno.test("what a loss does not depend on gets zeros", () => {
  const [x, other] = [tensor([1, 2]), tensor([[5]])];
  assertEquals(numbers(gradientsOf(x.sum(), [other])[0]!), [0]);
});

Deno.test("no gradient flows through stopGradient(), comparisons, argmax() and integers", () => {
  const x = tensor([1, 3, 2]);
  const blocked = [
    x.stopGradient(),
    x.greater(2).cast("f32"),
    x.argmax().cast("f32"),
    x.cast("i32").cast("f32"),
    x.floor(),
  ];
  for (const y of blocked) assertEquals(numbers(gradientsOf(y.sum(), [x])[0]!), [0, 0, 0]);
});

Deno.test("ties share: max, maximum, relu and abs at their kinks are PyTorch's", () => {
  const x = tensor([2, 2, 0]);
  const slope = (f: (x: Tensor) => Tensor) => numbers(gradientsOf(f(x).sum(), [x])[0]!);
  assertEquals(slope((x) => x.max()), [0.5, 0.5, 0]);
  assertEquals(slope((x) => x.maximum(2)), [0.5, 0.5, 0]);
  assertEquals(slope((x) => x.minimum(tensor([2, 3, 1]))), [0.5, 1, 1]);
  assertEquals(slope((x) => x.relu()), [1, 1, 0]);
  assertEquals(slope((x) => x.abs()), [1, 1, 0]);
  assertEquals(slope((x) => x.leakyRelu(0.1)).at(-1), 0.1);
});

Deno.test("pow() has finite gradients at 0 where PyTorch has", () => {
  const [a, b] = [tensor([0, 2, 0]), tensor([2, 0, 1])];
  const [da, db] = gradientsOf(a.pow(b).sum(), [a, b]);
  assertEquals(numbers(da!), [0, 0, 1]);
  assertEquals(numbers(db!), [0, Math.log(2), 0]);
});

Deno.test("the loss must be a scalar f32, and so must what it is differentiated by be f32", () => {
  const x = tensor([1, 2]);
  assertThrows(() => gradientsOf(x, [x]), ShapeError, "scalar");
  const integers = tensor(Int32Array.of(1));
  assertThrows(() => gradientsOf(x.sum(), [integers]), GraphError, "i32");
  assertThrows(() => pullBack(x.node, tensor([1]).node, [x.node]), ShapeError, "cotangent");
});

Deno.test("a loss that returns no tensor is told what it returned", () => {
  const untyped = (() => 3) as unknown as () => Tensor;
  for (const use of [() => grad(untyped)(), () => vjp(untyped, [])]) {
    assertThrows(use, TypeError, "must return a Tensor: current is 3");
  }
});

Deno.test("a loss that returns a promise is refused", () => {
  const late = (x: Tensor) => Promise.resolve(x.sum());
  // @ts-expect-error: a promise is no tensor, which the types say as well
  assertThrows(() => grad(late)(tensor([1])), TypeError, "current is a Promise");
});
