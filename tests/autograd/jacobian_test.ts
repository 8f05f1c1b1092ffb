import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  grad,
  gradientsOf,
  hessian,
  jacobian,
  jvp,
  scan,
  Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from "../../autograd/mod.ts";
import {
  type Backend,
  GraphError,
  makeNode,
  mapOp,
  type Node,
  type Op,
  s,
  ShapeError,
} from "../../graph/mod.ts";
import { Conv2d, crossEntropy, initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { HostRun } from "../layers/host_run.ts";
import { assertAllClose } from "../support/close.ts";

const run = new HostRun();
const valuesOf = (x: Tensor | undefined) => run.get(x!);
const tight = { relative: 1e-10, absolute: 1e-12 };

const softmaxOf = (x: readonly number[]) => {
  const sum = x.reduce((total, value) => total + Math.exp(value), 0);
  return x.map((value) => Math.exp(value) / sum);
};

Deno.test("the Jacobian of softmax is diag(p) − p·pᵀ, in both directions", () => {
  const x = [0.5, -1, 2];
  const p = softmaxOf(x);
  const [slopes] = jacobian((x) => x.softmax())(tensor(x));
  const wanted = p.flatMap((pi, i) => p.map((pj, j) => (i === j ? pi : 0) - pi * pj));
  assertEquals(slopes!.shape, [3, 3]);
  assertAllClose(valuesOf(slopes), wanted, { relative: 1e-6, absolute: 1e-7 }, "softmax");
  // more results than inputs: forward
  const [tall] = jacobian((a) => a.mul(tensor([1, 2, 3])).exp())(tensor([0.5]));
  assertEquals(tall!.shape, [3, 1]);
  assertAllClose(valuesOf(tall), [1, 2, 3].map((k) => k * Math.exp(k / 2)), tight, "exp");
});

Deno.test("the Jacobian of A·X has the shapes of both and is a Kronecker product", () => {
  const a = tensor([[1, 2], [3, 4], [5, 6]]);
  const x = tensor([[1, -1, 2], [0.5, 3, -2]]);
  const [toA, toX] = jacobian((a, x) => a.matmul(x))(a, x) as [Tensor, Tensor];
  assertEquals([toA.shape, toX.shape], [[3, 3, 3, 2], [3, 3, 2, 3]]);
  const [A, X] = [valuesOf(a), valuesOf(x)];
  const at = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].flatMap((j) =>
      [0, 1, 2].flatMap((k) => [0, 1].map((l) => i === k ? X[l * 3 + j]! : 0))
    )
  );
  assertEquals(valuesOf(toA), at);
  const ax = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].flatMap((j) =>
      [0, 1].flatMap((k) => [0, 1, 2].map((l) => j === l ? A[i * 2 + k]! : 0))
    )
  );
  assertEquals(valuesOf(toX), ax);
});

Deno.test("the Hessian of a quadratic form is A + Aᵀ, of a product its mixed derivatives", () => {
  const a = tensor([[1, 2, 0], [-1, 3, 4], [5, 0, -2]]);
  const form = (x: Tensor) => x.matmul(a).matmul(x);
  assertEquals(valuesOf(hessian(form)(tensor([1, 2, 3]))[0]![0]), [2, 1, 5, 1, 6, 4, 5, 4, -4]);
  const blocks = hessian((x, y) => x.prod().mul(y.sum().square()))(tensor([2, 3]), tensor([1, 1]));
  assertEquals(blocks.map((row) => row.map(({ shape }) => shape)), [[[2, 2], [2, 2]], [[2, 2], [
    2,
    2,
  ]]]);
  assertEquals(valuesOf(blocks[0]![0]), [0, 4, 4, 0]);
  assertEquals(valuesOf(blocks[0]![1]), [12, 12, 8, 8]); // ∂(2·s·∏) : 2·2·others
  assertEquals(valuesOf(blocks[1]![0]), [12, 8, 12, 8]);
  assertEquals(valuesOf(blocks[1]![1]), [12, 12, 12, 12]);
});

Deno.test("the Hessian of logistic regression is Xᵀ·diag(p(1 − p))·X / n", () => {
  const rows = [[1, 2], [-1, 0.5], [0.25, -3], [2, 2]];
  const w = [0.3, -0.7];
  const x = tensor(rows);
  const loss = (w: Tensor) => x.matmul(w).neg().exp().log1p().mean(); // all labels are 1
  const p = rows.map((row) => 1 / (1 + Math.exp(-(row[0]! * w[0]! + row[1]! * w[1]!))));
  const wanted = [0, 1].flatMap((i) =>
    [0, 1].map((j) =>
      rows.reduce((sum, row, n) => sum + row[i]! * row[j]! * p[n]! * (1 - p[n]!), 0) / 4
    )
  );
  const found = valuesOf(hessian(loss)(tensor(w))[0]![0]);
  assertAllClose(found, wanted, { relative: 1e-6, absolute: 1e-7 }, "logistic");
});

Deno.test("results that do not depend on an argument have zeros", () => {
  const [slope] = jacobian(() => tensor([1, 2]))(zeros([3]));
  assertEquals([slope!.shape, valuesOf(slope)], [[2, 3], [0, 0, 0, 0, 0, 0]]);
  assertEquals(valuesOf(hessian((x) => x.sum())(zeros([2]))[0]![0]), [0, 0, 0, 0]);
  const { tangent } = jvp((x) => x.greater(0).cast("f32"), [tensor([1, 2])], [tensor([1, 1])]);
  assertEquals(valuesOf(tangent), [0, 0]);
});

Deno.test("an argument that is given twice, or depends on another one, is one of its own", () => {
  const x = tensor([2, 3]);
  const product = (a: Tensor, b: Tensor) => a.mul(b).sum();
  const [first, second] = grad(product)(x, x);
  assertEquals([valuesOf(first), valuesOf(second)], [[2, 3], [2, 3]]);
  assertEquals(valuesOf(valueAndGrad(product)(x, x).value), [13]);
  assertEquals(grad(product)(x, x.mul(10)).map(valuesOf), [[20, 30], [2, 3]]);
  const { pullBack } = vjp((a: Tensor, b: Tensor) => a.square().mul(b), [x, x.mul(10)]);
  assertEquals(pullBack(tensor([1, 1])).map(valuesOf), [[80, 180], [4, 9]]);
  const moved = jvp((a: Tensor, b: Tensor) => a.mul(b), [x, x.neg()], [tensor([1, 0]), zeros([2])]);
  assertEquals(valuesOf(moved.tangent), [-2, 0]);
});

Deno.test("structures of results keep their names and places", () => {
  const f = (x: Tensor) => ({ twice: x.mul(2), list: [x.square(), [x.sum()]] as const });
  const { value, tangent } = jvp(f, [tensor([3])], [tensor([1])]);
  assertEquals(valuesOf(value.list[0]), [9]);
  assertEquals([tangent.twice, tangent.list[0], tangent.list[1][0]].map(valuesOf), [[2], [6], [1]]);
  const each = vmap(f)(tensor([[1, 2], [3, 4]]));
  assertEquals([each.twice.shape, valuesOf(each.list[1][0])], [[2, 2], [3, 7]]);
});

Deno.test("vmap, jvp, and grad can be nested in any order", () => {
  const cube = (x: Tensor) => x.square().mul(x).sum();
  const x = tensor([[1, 2], [3, 4], [-1, 0.5]]);
  const second = vmap((row) => jvp((y) => grad(cube)(y)[0]!, [row], [tensor([1, 1])]).tangent)(x);
  assertEquals(valuesOf(second), valuesOf(x.mul(6)));
  const outer = vmap((a) => vmap((b) => a.mul(b).sum())(x))(x.mul(2));
  assertEquals(valuesOf(outer), valuesOf(x.mul(2).matmul(x.transpose())));
  const third = hessian((y) => grad(cube)(y)[0]!.square().sum())(tensor([1, 2]))[0]![0];
  assertEquals(valuesOf(third), [108, 0, 0, 432]); // (3y²)² has the second derivative 108·y²
  const rows = vmap((y) => jacobian((z) => z.square())(y)[0]!, { outAxis: -1 })(x);
  assertEquals(rows.shape, [2, 2, 3]);
  assertEquals(valuesOf(rows), [2, 6, -2, 0, 0, 0, 0, 0, 0, 4, 8, 1]);
});

Deno.test("vmap takes axes of each argument, shared arguments, and negative axes", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  const w = tensor([10, 100]);
  const each = vmap((a: Tensor, b: Tensor) => a.mul(b).sum(), { inAxes: [1, null] })(x, w);
  assertEquals(valuesOf(each), [410, 520, 630]);
  const last = vmap((a) => a.cumsum(0), { inAxes: -1, outAxis: 1 })(x);
  assertEquals(valuesOf(last), [1, 2, 3, 5, 7, 9]);
  assertEquals(valuesOf(vmap((_) => w)(zeros([2, 5]))), [10, 100, 10, 100]);
});

Deno.test("transforms refuse by name what they cannot do", () => {
  const x = zeros([2, 3]);
  const add = (a: Tensor, b: Tensor) => a.add(b);
  assertThrows(() => vmap(add)(x, zeros([3, 3])), ShapeError, "current are 2, 3 of f32[2, 3]");
  assertThrows(() => vmap(add, { inAxes: [0] })(x, x), RangeError, "each of 2 arguments");
  assertThrows(() => vmap(add, { inAxes: null })(x, x), RangeError, "not null for all");
  assertThrows(() => vmap((a) => a, { inAxes: 2 })(x), ShapeError, "axis must be");
  assertThrows(
    () => vmap((_: Tensor) => 3 as never)(x),
    TypeError,
    "expected tensors, in arrays or objects: current is 3",
  );
  assertThrows(
    () => vmap((a) => Promise.resolve(a) as never)(x),
    TypeError,
    "current is a Promise",
  );
  assertThrows(() => jvp(add, [x, x], [x]), ShapeError, "each argument needs a tangent");
  assertThrows(() => jvp((a) => a, [x], [zeros([2])]), ShapeError, "f32[2, 3] and f32[2]");
  const whole = zeros([2], "i32");
  assertThrows(() => jvp((a) => a, [whole], [whole]), GraphError, "it must be f32");
  assertThrows(() => jacobian((a) => a)(whole), GraphError, "it must be f32");
  assertThrows(() => jacobian((a) => a.cast("i32"))(x), TypeError, "f32 tensor: current is i32");
  assertThrows(
    () => hessian((a) => a)(x),
    ShapeError,
    "must be a scalar f32[]: current is f32[2, 3]",
  );
  assertThrows(() => vjp((a) => [a] as never, [x]), TypeError, "must return a Tensor");
});

Deno.test("vmap, jvp, and vjp of a loop are those of its steps", () => {
  const last = (x: Tensor) => scan((h: Tensor, y: Tensor) => [h.mul(2).add(y), h], zeros([]), x)[0];
  const x = tensor([1, 2, 3]);
  assertEquals(valuesOf(vmap(last)(tensor([[1, 2, 3], [0, 1, -1]]))), [11, 1]);
  assertEquals(valuesOf(jvp(last, [x], [tensor([1, 10, 100])]).tangent), [124]);
  assertEquals(valuesOf(vjp(last, [x]).pullBack(tensor(1).squeeze())[0]), [4, 2, 1]);
});

Deno.test("an op of one's own has jvp and vmap by its row, which must have a rule or the reason for none", () => {
  const cubeOp: Op = mapOp("cube", {
    expr: ([x]) => s.mul(s.mul(x!, x!), x!),
    vjp: (g, { inputs: [x] }) => [new Tensor(g).mul(new Tensor(x!).square().mul(3)).node],
  });
  const cube = (x: Tensor) => new Tensor(makeNode(cubeOp, [x.node], {}));
  const x = tensor([[1, 2], [3, 4]]);
  const each = vmap((row) => jvp(cube, [row], [tensor([1, 0])]).tangent)(x);
  assertEquals(valuesOf(each), [3, 0, 27, 0]);
  const { vmap: _, ...plainOp } = cubeOp;
  // @ts-expect-error: a row without the field does not compile
  const incomplete: Op = plainOp;
  assertEquals(incomplete.vmap, undefined);
  const single: Op = { ...plainOp, vmap: { refused: "it is for one example" } };
  const plain = (x: Tensor) => new Tensor(makeNode(single, [x.node], {})).named("mine");
  assertThrows(
    () => vmap(plain)(x),
    GraphError,
    'Cannot vmap "mine": the op cube has no batching rule: it is for one example',
  );
  const squaring: Op = mapOp("odd", {
    expr: ([x]) => x!,
    vjp: (g: Node) => [new Tensor(g).square().node],
  });
  assertThrows(
    () => jvp((x) => new Tensor(makeNode(squaring, [x.node], {})), [x], [x]),
    GraphError,
    "the op odd must be linear in the cotangent",
  );
});

/** Gradients of single samples through a small convolutional network, at once and one by one. */
async function checkPerSample(backend: Backend) {
  const net = initialize(
    new Sequential(
      new Conv2d(2, 3, 3, { stride: 2, padding: 1 }),
      new ReLU(),
      (x) => x.flatten(1),
      new Linear(12, 3),
    ),
    { seed: 5 },
  );
  const weights = net.parameters();
  const x = tensor(Float32Array.from({ length: 4 * 32 }, (_, i) => Math.sin(3 * i)), [4, 2, 4, 4]);
  const y = tensor(Int32Array.of(0, 2, 1, 1), [4]);
  const slopes = (x: Tensor, y: Tensor) => {
    const loss = crossEntropy(net.forward(x.unsqueeze(0)), y.unsqueeze(0));
    return gradientsOf(loss, weights);
  };
  const together = vmap(slopes)(x, y);
  for (const [i, all] of together.entries()) {
    const rows = await Promise.all([0, 1, 2, 3].map(async (n) => {
      const [one, label] = [x.narrow(0, n, 1).squeeze(0), y.narrow(0, n, 1).squeeze(0)];
      return [...await slopes(one, label)[i]!.data({ backend })];
    }));
    const found = await all.data({ backend });
    assertAllClose(found, rows.flat(), { relative: 1e-5, absolute: 1e-6 }, weights[i]!.name);
    assert(found.some((value) => value !== 0));
  }
  net[Symbol.dispose]();
}

cpuTest("vmap gives the gradients of single samples of a convolutional network", checkPerSample);
gpuTest("vmap gives the gradients of single samples of a convolutional network", checkPerSample);
