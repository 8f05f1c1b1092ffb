import { assert, assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../mod.ts";
import { assertAllClose } from "../support/close.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const close = { relative: 1e-5, absolute: 1e-6 };

/** Softmax attention of one matrix in plain loops; rows that see nothing are 0. */
function naive(
  [q, k, v]: readonly (readonly number[])[],
  { t, s, d }: { readonly t: number; readonly s: number; readonly d: number },
  added: (query: number, key: number) => number,
): number[] {
  return Array.from({ length: t }, (_, i) => {
    const scores = Array.from({ length: s }, (_, j) => {
      let sum = 0;
      for (let c = 0; c < d; c++) sum += q![i * d + c]! * k![j * d + c]!;
      return sum / Math.sqrt(d) + added(i, j);
    });
    const largest = Math.max(...scores);
    const powers = scores.map((score) => largest === -Infinity ? 0 : Math.exp(score - largest));
    const total = powers.reduce((a, b) => a + b, 0) || 1;
    return Array.from({ length: d }, (_, c) => {
      return powers.reduce((sum, power, j) => sum + power * v![j * d + c]!, 0) / total;
    });
  }).flat();
}

const sizes = { t: 4, s: 5, d: 3 };
const numbers = (count: number, phase: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(7 * i + phase));
const data = [numbers(12, 1), numbers(15, 2), numbers(15, 3)];
const [q, k, v] = [
  gs.tensor(data[0]!, [4, 3]),
  gs.tensor(data[1]!, [5, 3]),
  gs.tensor(data[2]!, [5, 3]),
];

async function checkMasks(backend: gs.Backend): Promise<void> {
  const seen = [[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 1, 0]];
  const bool = gs.tensor(seen.flat(), [4, 5], "bool");
  const float = gs.where(bool, gs.tensor(numbers(20, 4), [4, 5]), -Infinity);
  const causal = (i: number, j: number) => j <= i ? 0 : -Infinity;
  const mask = (i: number, j: number) => seen[i]![j] ? 0 : -Infinity;
  const number = (i: number, j: number) => seen[i]![j] ? numbers(20, 4)[5 * i + j]! : -Infinity;
  const cases = [
    [{}, () => 0],
    [{ isCausal: true }, causal],
    [{ attnMask: bool }, mask],
    [{ attnMask: float }, number],
    [{ attnMask: bool, isCausal: true }, (i: number, j: number) => mask(i, j) + causal(i, j)],
  ] as const;
  const nodes = cases.map(([options]) => gs.scaledDotProductAttention(q, k, v, options));
  const results = await gs.evaluate(nodes, { backend });
  cases.forEach(([options, added], i) => {
    assertAllClose(results[i]!, naive(data, sizes, added), close, Object.keys(options).join());
  });
}

cpuTest("attention is that of plain loops, with every mask, on the CPU", checkMasks);
gpuTest("attention is that of plain loops, with every mask, on a GPU", checkMasks);

cpuTest(
  "a query that sees no key gets no gradient, and no NaN spreads from it",
  async (backend) => {
    const attnMask = gs.tensor(
      [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0],
      [4, 5],
      "bool",
    );
    const y = gs.scaledDotProductAttention(q, k, v, { attnMask });
    const gradients = gs.gradientsOf(y.square().sum(), [q, k, v]);
    const [values, ...slopes] = await gs.evaluate([y, ...gradients], { backend });
    assertEquals([...values!.slice(0, 3)], [0, 0, 0]);
    assertEquals([...slopes[0]!.slice(0, 3)], [0, 0, 0]);
    for (const slope of slopes) assert(slope.every(Number.isFinite));
  },
);

cpuTest("NaN in a score stays, and large scores do not overflow", async (backend) => {
  const large = gs.tensor([300, -300, 250, NaN], [4, 1]);
  const key = gs.tensor([1, 0.5], [2, 1]);
  const y = gs.scaledDotProductAttention(large, key, gs.tensor([1, 2], [2, 1]));
  const values = await y.data({ backend });
  assertEquals([...values], [1, 2, 1, NaN]);
});

Deno.test("one matrix of [heads, positions, positions] is in memory in forward", async () => {
  using backend = new PlanBackend();
  using model = gs.initialize(new gs.MultiheadAttention(8, 2), { seed: 1 });
  using step = await gs.compile({ x: gs.f32([3, 20, 8]) }, ({ x }) => ({
    outputs: { y: model.forward({ query: x, isCausal: true }).output },
  }), { backend });
  const { slots, memories } = step.plan;
  const matrices = slots.filter(({ type }) => type.shape.join() === "3,2,20,20");
  assertEquals(matrices.length, 1, matrices.map(({ label }) => label).join());
  const large = memories.filter((bytes) => bytes >= 4 * 3 * 2 * 20 * 20);
  assertEquals(large.length, 1);
});

cpuTest(
  "an embedding gives NaN for an index that is not a row, and its gradient is NaN",
  async (backend) => {
    using model = gs.initialize(new gs.Embedding(3, 2, { paddingIdx: -1 }), { seed: 1 });
    assertEquals(model.paddingIdx, 2);
    assertEquals([...model.weight.hostValue()!.slice(4)], [0, 0]);
    const run = async (list: readonly number[]) => {
      const y = model.forward(gs.tensor(list, [list.length], "i32"));
      const [gradient] = gs.gradientsOf(y.sum(), [model.weight]);
      return await gs.evaluate([y, gradient!], { backend });
    };
    const [good, slopes] = await run([0, 2, 0]);
    assertEquals([...good!.slice(2, 4)], [0, 0]);
    assertEquals([...slopes!], [2, 2, 0, 0, 0, 0]); // padding gets no gradient
    const [rows, gradient] = await run([1, 3, -1]);
    assertEquals([...rows!].map(Number.isNaN), [false, false, true, true, true, true]);
    assert(gradient!.some(Number.isNaN));
  },
);

Deno.test("masks and shapes that do not fit are refused by name", () => {
  const model = gs.initialize(new gs.MultiheadAttention(8, 2), { seed: 1 });
  const query = gs.zeros([3, 5, 8]);
  const wrong = [
    () => model.forward({ query: gs.zeros([3, 5, 7]) }),
    () => model.forward({ query, key: gs.zeros([2, 5, 8]) }),
    () => model.forward({ query, keyPaddingMask: gs.zeros([3, 4], "bool") }),
    () => model.forward({ query, attnMask: gs.zeros([5, 4], "bool") }),
    () => gs.scaledDotProductAttention(q, k, v, { attnMask: gs.zeros([4, 4], "bool") }),
    () => gs.scaledDotProductAttention(q, v.transpose(), v),
  ];
  for (const use of wrong) assertThrows(use, gs.ShapeError);
  const dtypes = [
    () => model.forward({ query, attnMask: gs.zeros([5, 5], "i32") }),
    () => new gs.Embedding(3, 2).forward(gs.zeros([2])),
  ];
  for (const use of dtypes) assertThrows(use, gs.DTypeError);
  assertThrows(() => new gs.MultiheadAttention(8, 3), RangeError, "numHeads must divide embedDim");
  assertThrows(() => new gs.Embedding(3, 2, { paddingIdx: 3 }), RangeError);
});

Deno.test("initial weights are drawn as in PyTorch", () => {
  using model = gs.initialize(new gs.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), {
    seed: 1,
  });
  const weight = model.namedParameters().get("self_attn.in_proj_weight")!.hostValue()!;
  const bound = Math.sqrt(6 / (8 + 24));
  assert(
    weight.every((w) => Math.abs(w) <= bound) && weight.some((w) => Math.abs(w) > 0.9 * bound),
  );
  for (const name of ["self_attn.in_proj_bias", "self_attn.out_proj.bias"]) {
    assert(model.namedParameters().get(name)!.hostValue()!.every((b) => b === 0), name);
  }
});

Deno.test("attention that is called by position, as in PyTorch, is refused by name", () => {
  const x = gs.zeros([1, 2, 8]);
  const attention = new gs.MultiheadAttention(8, 2);
  const decoder = new gs.TransformerDecoderLayer(8, 2);
  const notNamed = (first: string) => `must have names, as in forward({ ${first} }): current is`;
  const noTensor = (name: string) => `${name} must be a Tensor: current is`;
  const calls: readonly [string, () => unknown][] = [
    [notNamed("query"), () => attention.forward(x as never, x as never)],
    [noTensor("value"), () => attention.forward({ query: x, value: [1] as never })],
    [notNamed("tgt"), () => decoder.forward(x as never, x as never)],
    [noTensor("memory"), () => decoder.forward({ tgt: x } as never)],
    [noTensor("key"), () => gs.scaledDotProductAttention(x, undefined as never, x)],
  ];
  for (const [rule, call] of calls) assertThrows(call, TypeError, rule);
});
