// Modules of several inputs and outputs. What the type checker must refuse is an error of
// `deno check` if it does not.
import { assertEquals, assertThrows } from "@std/assert";
import { i32, type Tensor, tensor, zeros } from "../../autograd/mod.ts";
import { decodeSafetensors, encodeSafetensors, loadStateDict, stateDict } from "../../mod.ts";
import {
  type AnyModule,
  initialize,
  layerSummaries,
  Linear,
  Module,
  Sequential,
  summary,
} from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

interface Question {
  readonly words: Tensor;
  readonly kind: Tensor;
  /** Missing: nothing is masked. */
  readonly mask?: Tensor;
}

interface Answer {
  readonly logits: Tensor;
  readonly hidden: readonly [Tensor, Tensor];
}

class Net extends Module<Question, Answer> {
  readonly parts = new Map([["in", [new Linear(3, 4)]]]);
  readonly heads = { out: new Linear(4, 2, { bias: false }), kinds: new Linear(5, 4) };
  override forward({ words, kind, mask }: Question): Answer {
    const first = this.parts.get("in")![0]!.forward(words);
    const second = this.heads.kinds.forward(kind.oneHot(5));
    const sum = first.add(second).relu();
    const seen = mask ? sum.mul(mask.unsqueeze(1)) : sum;
    return { logits: this.heads.out.forward(seen), hidden: [first, second] };
  }
}

class Pair extends Module<readonly [Tensor, Tensor], Tensor[]> {
  readonly net = new Linear(3, 2);
  override forward([a, b]: readonly [Tensor, Tensor]): Tensor[] {
    return [this.net.forward(a), this.net.forward(b)];
  }
}

const names = [
  "parts.in.0.weight",
  "parts.in.0.bias",
  "heads.out.weight",
  "heads.kinds.weight",
  "heads.kinds.bias",
];

Deno.test("a module takes and returns objects, lists, and optional tensors, with their types", () => {
  const net = initialize(new Net(), { seed: 1 });
  assertEquals([...net.namedParameters().keys()], names);
  const { logits, hidden: [first] } = net.forward({
    words: zeros([2, 3]),
    kind: zeros([2], "i32"),
  });
  assertEquals([logits.shape, first.shape], [[2, 2], [2, 4]]);
  const [a, b] = initialize(new Pair()).forward([zeros([1, 3]), zeros([4, 3])]);
  assertEquals([a?.shape, b?.shape], [[1, 2], [4, 2]]);
  // @ts-expect-error: kind is missing
  assertThrows(() => net.forward({ words: zeros([2, 3]) }));
  // @ts-expect-error: a Pair takes a list
  assertThrows(() => initialize(new Pair()).forward(zeros([1, 3])));
  // @ts-expect-error: a tensor has no field "logits"
  assertEquals(initialize(new Linear(3, 2)).forward(zeros([1, 3])).logits, undefined);
});

Deno.test("functions that do not run a module take any of them", () => {
  const some: readonly AnyModule[] = [new Net(), new Pair(), new Linear(2, 2)];
  assertEquals(some.map((module) => initialize(module).parameters().length), [5, 2, 2]);
});

Deno.test("Sequential passes one tensor on: other modules are refused", () => {
  // @ts-expect-error: a Pair takes and returns lists
  const typed = () => new Sequential([new Pair()]);
  assertEquals(typed().layers.length, 1);
  const model = initialize(new Sequential(new Linear(3, 3), (x) => [x, x] as never));
  assertThrows(
    () => model.forward(zeros([2, 3])),
    TypeError,
    'each layer must return one tensor: "1 Lambda" returned [a Tensor, a Tensor]',
  );
});

Deno.test("a state dict of a module with several inputs is loaded into another one", async () => {
  const [one, other] = [1, 2].map((seed) => initialize(new Net(), { seed })) as [Net, Net];
  loadStateDict(other, decodeSafetensors(encodeSafetensors(await stateDict(one))).tensors);
  const run = new HostRun();
  const question = { words: tensor([[1, -2, 3]]), kind: tensor([4], [1], "i32") };
  const masked = { ...question, mask: tensor([0]) };
  assertEquals(run.get(other.forward(question).logits), run.get(one.forward(question).logits));
  assertEquals(run.get(one.forward(masked).logits), [0, 0]);
});

Deno.test("summary() takes the shapes or types of several inputs", () => {
  const net = initialize(new Net(), { seed: 1 });
  const sample = { words: [3], kind: i32([]) };
  const rows = layerSummaries(net, sample);
  assertEquals(
    rows.map(({ name, output, parameters, flops }) => [name, output, parameters, flops]),
    [
      ["parts.in.0", [4], 16, 24],
      ["heads.out", [2], 8, 16],
      ["heads.kinds", [4], 24, 40],
    ],
  );
  assertEquals(
    summary(net, sample).split("\n").at(-1),
    "total                                48     80",
  );
  assertEquals(layerSummaries(initialize(new Pair()), [[3], [3]])[0]?.flops, 24);
  const scalar = initialize(new Sequential((x: Tensor) => x.square()));
  assertEquals(layerSummaries(scalar, []).map(({ output }) => output), [[]]);
});

Deno.test("summary() names the part of a sample that is neither a shape nor a type", () => {
  const net = initialize(new Net());
  for (
    const [kind, error] of [[null, TypeError], ["i32", TypeError], [[1.5], RangeError]] as const
  ) {
    assertThrows(() => summary(net, { words: [3], kind } as never), error, "sample.kind must be");
  }
  assertThrows(() => summary(net, {}), TypeError, "sample must be the shape of a sample");
});
