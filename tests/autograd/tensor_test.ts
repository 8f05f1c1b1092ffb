import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  arange,
  concat,
  einsum,
  eye,
  full,
  gradientsOf,
  linspace,
  meshgrid,
  ones,
  stack,
  Tensor,
  tensor,
  tensordot,
  type TensorLike,
  tri,
  Variable,
  where,
  zeros,
} from "../../autograd/mod.ts";
import { inspect } from "node:util";
import { openCpu } from "../../cpu/mod.ts";
import { DTypeError, GraphError, input, interpret, labelOf, ShapeError } from "../../graph/mod.ts";

/** Shape and elements of a tensor, computed on the host. */
function show({ node, shape }: Tensor): { shape: readonly number[]; data: number[] } {
  return { shape, data: [...interpret([node]).get(node)!] };
}

function assertTensor(actual: Tensor, shape: readonly number[], data: readonly number[]): void {
  assertEquals(show(actual), { shape, data: [...data] });
}

const x = tensor([[1, 2, 3], [4, 5, 6]]);

Deno.test("tensor() takes a dtype in place of a shape, and zeros() sizes in one list", () => {
  const labels: Tensor<"i32"> = tensor([[0, 2]], "i32");
  assertEquals([labels.dtype, labels.shape], ["i32", [1, 2]]);
  assertThrows(() => tensor([1], "f16" as never), ShapeError, 'current is "f16"');
  assertThrows(
    () => zeros(2 as never, 3 as never),
    TypeError,
    "must be one list, as in zeros([2, 3])",
  );
});

Deno.test("tensor() takes numbers, nested arrays and typed arrays", () => {
  assertTensor(tensor(3), [], [3]);
  assertTensor(tensor([[1], [2]]), [2, 1], [1, 2]);
  assertTensor(tensor(Int32Array.of(1, 2, 3, 4), [2, 2]), [2, 2], [1, 2, 3, 4]);
  assertEquals(tensor(Int32Array.of(1)).dtype, "i32");
  assertTensor(tensor([true, false], undefined, "bool"), [2], [1, 0]);
  assertThrows(() => tensor([[1, 2], [3]]), ShapeError, "nested");
  assertThrows(() => tensor([1, 2, 3], [2]), ShapeError);
});

Deno.test("zeros(), ones(), full() and arange() fill", () => {
  assertTensor(zeros([2]), [2], [0, 0]);
  assertTensor(ones([2], "i32"), [2], [1, 1]);
  assertTensor(full(2.5, [1, 2]), [1, 2], [2.5, 2.5]);
  assertTensor(arange(4), [4], [0, 1, 2, 3]);
});

const binaries: readonly [keyof Tensor & string, (a: number, b: number) => number][] = [
  ["add", (a, b) => a + b],
  ["sub", (a, b) => a - b],
  ["mul", (a, b) => a * b],
  ["div", (a, b) => a / b],
  ["maximum", Math.max],
  ["minimum", Math.min],
  ["pow", (a, b) => a ** b],
  ["less", (a, b) => Number(a < b)],
  ["lessEqual", (a, b) => Number(a <= b)],
  ["greater", (a, b) => Number(a > b)],
  ["greaterEqual", (a, b) => Number(a >= b)],
  ["equal", (a, b) => Number(a === b)],
  ["notEqual", (a, b) => Number(a !== b)],
];

for (const [name, compute] of binaries) {
  Deno.test(`Tensor.${name}() broadcasts both sides and takes numbers`, () => {
    const method = x[name];
    if (typeof method !== "function") throw new Error(`${name} is no method`);
    const apply = (a: Tensor, b: TensorLike): Tensor => Reflect.apply(method, a, [b]);
    const elements = [1, 2, 3, 4, 5, 6];
    assertTensor(apply(x, 3), [2, 3], elements.map((value) => compute(value, 3)));
    const row = [1, 2, 3];
    assertTensor(
      apply(x, tensor(row)),
      [2, 3],
      elements.map((value, i) => compute(value, row[i % 3]!)),
    );
    const outer = apply(tensor([[1], [2]]), tensor(row));
    assertTensor(outer, [2, 3], [1, 2].flatMap((a) => row.map((b) => compute(a, b))));
  });
}

Deno.test("shapes that do not broadcast are refused where it is written", () => {
  assertThrows(() => x.add(tensor([1, 2])), ShapeError, "broadcast");
  assertThrows(() => where(tensor([true], undefined, "bool"), x, zeros([4])), ShapeError);
});

Deno.test("a number takes the other side's type and must fit it", () => {
  assertEquals(arange(3).add(1).dtype, "i32");
  assertThrows(() => arange(3).mul(0.5), DTypeError, "0.5");
});

Deno.test("reductions take one axis, several, negative ones, or all", () => {
  assertTensor(x.sum(), [], [21]);
  assertTensor(x.sum(0), [3], [5, 7, 9]);
  assertTensor(x.sum(-1), [2], [6, 15]);
  assertTensor(x.sum([0, -1]), [], [21]);
  assertTensor(x.sum([-1, 0], true), [1, 1], [21]);
  assertTensor(x.mean(1, true), [2, 1], [2, 5]);
  assertTensor(x.max(-2), [3], [4, 5, 6]);
  assertTensor(x.min(), [], [1]);
  assertTensor(x.prod(1), [2], [6, 120]);
  assertTensor(x.argmax(), [2], [2, 2]);
  assertTensor(x.neg().argmax(0), [3], [0, 0, 0]);
  assertThrows(() => x.sum(2), ShapeError);
  assertThrows(() => x.sum(-3), ShapeError);
  assertThrows(() => x.sum([1, -1]), ShapeError);
});

Deno.test("reductions along a negative axis equal those along the positive one", () => {
  for (const name of ["softmax", "logSoftmax"] as const) {
    assertEquals(show(x[name](-2)), show(x[name](0)));
    assertEquals(show(x[name]()), show(x[name](1)));
  }
  assertEquals(show(x.logSumExp(-1)), show(x.logSumExp(1)));
});

Deno.test("views take negative axes and sizes to fill in", () => {
  assertTensor(x.reshape([3, -1]), [3, 2], [1, 2, 3, 4, 5, 6]);
  assertTensor(x.flatten(), [6], [1, 2, 3, 4, 5, 6]);
  assertTensor(zeros([2, 3, 4]).flatten(1).sum(0), [12], new Array(12).fill(0));
  assertTensor(x.transpose(), [3, 2], [1, 4, 2, 5, 3, 6]);
  assertTensor(x.permute([-1, 0]), [3, 2], [1, 4, 2, 5, 3, 6]);
  assertTensor(x.slice([0, 1], [2, 2]), [2, 2], [2, 3, 5, 6]);
  assertTensor(x.slice([0, 0], [2, 2], [1, 2]), [2, 2], [1, 3, 4, 6]);
  assertTensor(tensor([1]).pad([1], [2], { value: 7 }), [4], [7, 1, 7, 7]);
  assertTensor(concat([x, x.neg()], -1).slice([0, 2], [1, 2]), [1, 2], [3, -1]);
  assertTensor(x.gather(tensor(Int32Array.of(2, 0)), -1), [2, 2], [3, 1, 6, 4]);
  assertTensor(arange(2).oneHot(2), [2, 2], [1, 0, 0, 1]);
  assertThrows(() => x.reshape([4, -1]), ShapeError, "−1");
  assertThrows(() => x.reshape([-1, -1]), ShapeError);
});

Deno.test("shapes and axes are taken one by one or as a list", () => {
  assertTensor(x.reshape(3, 2), [3, 2], [1, 2, 3, 4, 5, 6]);
  assertTensor(x.reshape(-1), [6], [1, 2, 3, 4, 5, 6]);
  assertTensor(tensor([7]).reshape(), [], [7]);
  assertTensor(x.permute(1, 0), [3, 2], [1, 4, 2, 5, 3, 6]);
  assertTensor(x.broadcastTo(1, 2, 3), [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  assertTensor(x.flip(0, 1), [2, 3], [6, 5, 4, 3, 2, 1]);
  assertTensor(x.flip([-1]), [2, 3], [3, 2, 1, 6, 5, 4]);
  assertTensor(x.flip(), [2, 3], [6, 5, 4, 3, 2, 1]);
  assertThrows(() => x.reshape(...untyped<[number]>([[3], 2])), ShapeError, "shape must be a list");
  assertThrows(() => x.slice(untyped(0), untyped(1)), ShapeError, "starts must be a list");
  assertThrows(() => x.transpose(0), ShapeError, "second must be");
});

Deno.test("numbers stand for tensors, and the missing bound of clamp() for none", () => {
  assertTensor(where(x.greater(2), x, 0), [2, 3], [0, 0, 3, 4, 5, 6]);
  assertTensor(where(x.greater(2), 1, -1), [2, 3], [-1, -1, 1, 1, 1, 1]);
  assertEquals(where(x.greater(2), 1, arange(3)).dtype, "i32");
  assertThrows(() => where(x.greater(2), x, untyped("0")), TypeError, "Cannot choose where");
  assertTensor(x.rsub(1), [2, 3], [0, -1, -2, -3, -4, -5]);
  assertTensor(x.clamp(3), [2, 3], [3, 3, 3, 4, 5, 6]);
  assertTensor(x.clamp(undefined, 3), [2, 3], [1, 2, 3, 3, 3, 3]);
  assertThrows(() => x.clamp(), RangeError, "low or high must be given");
});

Deno.test("arange(), linspace(), eye(), tri(), and meshgrid() are those of NumPy", () => {
  assertTensor(arange(2, 5), [3], [2, 3, 4]);
  assertTensor(arange(5, 0, -2), [3], [5, 3, 1]);
  assertTensor(arange(3, 3), [0], []);
  assertEquals(arange(2, 5).dtype, "i32");
  assertTensor(arange(0, 1, 0.25), [4], [0, 0.25, 0.5, 0.75]);
  assertEquals(arange(0.5, 2).dtype, "f32");
  assertThrows(() => arange(5, 2), RangeError, "the step must lead toward stop");
  assertThrows(() => arange(0, 3, 0), RangeError, "current step is 0");
  assertThrows(() => arange(-1), ShapeError, "stop must be a non-negative whole number");
  assertTensor(linspace(0, 1, 5), [5], [0, 0.25, 0.5, 0.75, 1]);
  assertTensor(linspace(2, 3, 1), [1], [2]);
  assertTensor(linspace(2, 3, 0), [0], []);
  const [first, last] = [linspace(0.1, 0.7, 7), linspace(0.7, 0.1, 7)].map((y) => show(y).data);
  assertEquals([first!.at(-1), last!.at(-1)], [0.7, 0.1]);
  assertTensor(eye(2, 3), [2, 3], [1, 0, 0, 0, 1, 0]);
  assertTensor(eye(2, 3, 1), [2, 3], [0, 1, 0, 0, 0, 1]);
  assertTensor(tri(3, 2, -1), [3, 2], [0, 0, 1, 0, 1, 1]);
  const [a, b] = meshgrid([arange(2), arange(3)]);
  assertTensor(a!, [3, 2], [0, 1, 0, 1, 0, 1]);
  assertTensor(b!, [3, 2], [0, 0, 1, 1, 2, 2]);
  const [c, d] = meshgrid([arange(2), arange(3)], { indexing: "ij" });
  assertTensor(c!, [2, 3], [0, 0, 0, 1, 1, 1]);
  assertTensor(d!, [2, 3], [0, 1, 2, 0, 1, 2]);
  assertThrows(() => meshgrid([x]), ShapeError, "vectors must have rank 1");
});

Deno.test("split(), stack(), and norms refuse what does not fit", () => {
  assertThrows(() => x.split([1, 2]), ShapeError, "sizes must add up to 2: current sum is 3");
  assertThrows(() => x.narrow(1, 2, 2), ShapeError, "size must be a whole number in [0, 1]");
  assertThrows(() => stack([x, zeros([3])]), ShapeError, "shapes must be equal");
  assertThrows(() => stack([]), ShapeError, "at least one tensor");
  assertThrows(() => zeros([2, 2, 2]).diag(), ShapeError, "its rank must be 1 or 2");
  assertThrows(() => x.norm(NaN), RangeError, "order must be a number");
});

Deno.test("einsum() and tensordot() refuse what does not fit by name", () => {
  const y = zeros([3, 2]);
  const cases: readonly [string, readonly Tensor[], string][] = [
    ["ij,jk->ik", [x], "one list of labels for each operand"],
    ["ij,jk->ik", [x, x], "axes with one label must have one size: j has 3 and 2"],
    ["ij,jk->iz", [x, y], "labels of the result must differ and occur in an operand"],
    ["ij,jk->ii", [x, y], "labels of the result must differ"],
    ["ijk,jk->i", [x, y], "each axis must have one label"],
    ["i,jk->i", [x, y], "each axis must have one label"],
    ["i1,jk->i", [x, y], "labels must be letters"],
    ["ij->jk->ik", [x, y], "it must be like ij,jk->ik"],
    ["......ij->ij", [x], "labels must be letters, or ... once"],
  ];
  for (const [equation, operands, message] of cases) {
    assertThrows(() => einsum(equation, ...operands), ShapeError, message);
  }
  assertThrows(() => tensordot(x, x, 1), ShapeError, "the same sizes");
  assertThrows(() => tensordot(x, y, [[0], [0, 1]]), ShapeError, "the same sizes");
  assertThrows(() => x.matmul(tensor(2)), ShapeError, "to multiply by a number, use mul");
  assertThrows(() => x.outer(y), ShapeError, "both must be vectors");
  assertThrows(() => x.topk(4), ShapeError, "count must be a whole number in [0, 3]");
  assertThrows(() => x.scatter(0, arange(2), x), ShapeError, "except along axis 0");
  assertThrows(() => x.scatterAdd(0, x, x), DTypeError, "indices must be i32");
});

Deno.test("console.log() of an evaluated tensor shows values", async () => {
  using backend = openCpu({ threads: 1 });
  const y = x.mul(2).named("twice");
  assertEquals(Deno.inspect(y), 'Tensor f32[2, 3] "twice"');
  await y.data({ backend });
  const text = 'Tensor f32[2, 3] "twice"\n[[2, 4, 6],\n [8, 10, 12]]';
  assertEquals([Deno.inspect(y), inspect(y)], [text, text]);
  const long = arange(99).reshape(9, 11);
  await long.data({ backend });
  assertEquals(Deno.inspect(long).split("\n").at(-2), " [55, 56, 57, 58, 59, 60, …],");
  assertEquals(Deno.inspect(tensor([1, 2])), 'Tensor f32[2] "constant"\n[1, 2]');
  using w = new Variable("w", { dtype: "f32", shape: [2] }, () => Float32Array.of(1, 2));
  const sum = w.sum();
  assertEquals(await sum.item({ backend }), 3);
  assertEquals(Deno.inspect(sum).split("\n").at(-1), "when last evaluated: 3");
});

Deno.test("the gradients of norms and deviations are 0 at 0", () => {
  const zero = zeros([3]).add(zeros([3]));
  for (const y of [zero.norm(), zero.norm(3), zero.std()]) {
    const [g] = gradientsOf(y, [zero]);
    assertEquals(show(g!).data.map(Math.abs), [0, 0, 0]);
  }
});

Deno.test("matmul() broadcasts batch axes", () => {
  const batch = concat([x.reshape([1, 2, 3]), x.reshape([1, 2, 3]).neg()]);
  const column = tensor([[1], [0], [2]]);
  assertTensor(x.matmul(column), [2, 1], [7, 16]);
  assertTensor(batch.matmul(column), [2, 2, 1], [7, 16, -7, -16]);
});

Deno.test("where(), and(), or(), not(), clamp() and isFinite() choose", () => {
  const high = x.greater(4);
  assertTensor(where(high, x, zeros([])), [2, 3], [0, 0, 0, 0, 5, 6]);
  assertTensor(high.and(x.less(6)).or(x.equal(1)), [2, 3], [1, 0, 0, 0, 1, 0]);
  assertTensor(high.not(), [2, 3], [1, 1, 1, 1, 0, 0]);
  assertTensor(x.clamp(2, 4), [2, 3], [2, 2, 3, 4, 4, 4]);
  assertTensor(tensor([1, Infinity, NaN]).isFinite(), [3], [1, 0, 0]);
});

Deno.test("named() names a value, and refuses to make another variable of one", () => {
  assertEquals(labelOf(x.relu().named("hidden").node), "hidden");
  const source = new Tensor(input("x", { dtype: "f32", shape: [2] }));
  assertThrows(() => source.named("y"), GraphError, '"x"');
});

Deno.test("a tensor is a handle: equal nodes stay one node", () => {
  const y = x.relu();
  assertStrictEquals(y.add(y).node.inputs[0], y.node);
});

Deno.test("elements that are no values of the type are refused, not rounded", () => {
  assertThrows(() => tensor([1.5], [1], "i32"), DTypeError, "1.5");
  assertThrows(() => tensor([2], [1], "bool"), DTypeError, "2");
  assertThrows(() => tensor([256], [1], "u8"), DTypeError, "256");
  assertTensor(tensor([255], [1], "u8"), [1], [255]);
});

Deno.test("both operands of an op must have one type, and the message says which rule is broken", () => {
  assertThrows(() => zeros([2]).add(zeros([2], "i32")), DTypeError, "the same type: cast one");
  assertThrows(() => arange(2).exp(), DTypeError, "operands must be f32");
  assertThrows(() => zeros([6]).reshape([-1, -1]), ShapeError, "only one size may be −1");
  assertThrows(() => zeros([6]).reshape([1.5, 4]), ShapeError, "non-negative whole numbers");
  assertThrows(() => concat([]), ShapeError, "at least one tensor");
});

Deno.test("operators refuse tensors, texts show their type and name", () => {
  const y = x.relu().named("hidden");
  assertEquals(`${y}`, 'f32[2, 3] "hidden"');
  assertEquals(Deno.inspect(y), 'Tensor f32[2, 3] "hidden"');
  for (const use of [(a: number) => a + a, (a: number) => a * a, (a: number) => a > 0]) {
    assertThrows(() => use(untyped(y)), TypeError, 'Cannot use f32[2, 3] "hidden" as a number');
  }
});

// what the type checker would refuse, and `deno run` does not look at
Deno.test("what is no tensor, shape or type is told by what it is", () => {
  assertThrows(() => x.add(untyped([1, 2])), TypeError, "Cannot compute with [1, 2]");
  assertThrows(() => x.matmul(untyped(undefined)), TypeError, "Cannot compute with undefined");
  assertThrows(() => tensor(untyped("12")), TypeError, 'Cannot make a tensor of "12"');
  assertThrows(() => tensor(untyped(new Float64Array(2))), DTypeError, "is a Float64Array");
  assertThrows(
    () => zeros(untyped(3)),
    ShapeError,
    "shape must be a list of non-negative whole numbers: current is 3",
  );
  assertThrows(() => zeros([2], untyped("f64")), DTypeError, "current type is f64");
  assertThrows(
    () => x.cast(untyped<"f32">("f64")),
    DTypeError,
    "the target must be f32, i32, u32, or bool",
  );
});

Deno.test("a scalar has no axis, and the error says so instead of an empty range", () => {
  const scalar = tensor(3);
  const uses = [() => scalar.softmax(), () => scalar.argmax(), () => scalar.cumsum(0)];
  for (const use of [...uses, () => scalar.sum(0), () => scalar.flip(0)]) {
    assertThrows(use, ShapeError, "of an axis: a scalar has none");
  }
});

/** A value that the type checker takes for whatever is wanted. */
function untyped<T>(value: unknown): T {
  const box: { value: T } = JSON.parse('{"value": null}');
  return Object.assign(box, { value }).value;
}

Deno.test("integers are not divided by the number 0, and floats are", () => {
  const x = tensor([1, 2], [2], "i32");
  assertThrows(() => x.div(0), RangeError, "the divisor of integers must not be 0");
  assertThrows(() => x.mod(0), RangeError, "the divisor of integers must not be 0");
  assertTensor(tensor([1, -1]).div(0), [2], [Infinity, -Infinity]);
  const zeros = tensor([0, 0, 0], [3], "i32");
  assertTensor(tensor([7, -7, -(2 ** 31)], [3], "i32").div(zeros), [3], [7, -7, -(2 ** 31)]);
  assertTensor(tensor([7, -7, 0], [3], "i32").mod(zeros), [3], [0, 0, 0]);
});

Deno.test("argmax() over nothing is refused, and over nothing else is nothing", () => {
  assertThrows(
    () => tensor([], [2, 0]).argmax(1),
    ShapeError,
    "axis 1 must have at least one element",
  );
  assertThrows(() => tensor([], [0]).argmax(), ShapeError, "axis 0 must have at least one element");
  assertThrows(
    () => tensor([], [2, 0]).argmin(),
    ShapeError,
    "axis 1 must have at least one element",
  );
  assertEquals(tensor([], [0, 3]).argmax(1).shape, [0]);
});

Deno.test("concat(), stack(), and einsum() refuse what is not their form by name", () => {
  const x = tensor([1, 2]);
  const untyped = (fn: unknown, ...values: unknown[]) => () =>
    (fn as (...values: unknown[]) => unknown)(...values);
  for (const [name, fn] of Object.entries({ concat, stack })) {
    const rule = `Cannot ${name}: it needs a list of Tensors, as in ${name}([a, b], axis): current`;
    for (const values of [[x, x], [undefined], [[x, 1]], [[[1], [2]]]]) {
      assertThrows(untyped(fn, ...values), TypeError, rule);
    }
  }
  for (const values of [[[x, x]], [x, undefined], [x, 2]]) {
    const rule = 'operands must be Tensors, as in einsum("ij,jk->ik", a, b): current is';
    assertThrows(untyped(einsum, "i,i->", ...values), TypeError, rule);
  }
});
