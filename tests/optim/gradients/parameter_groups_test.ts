import { assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../../mod.ts";
import { cpuTest } from "../../cpu/_backend.ts";

const make = (name: string) =>
  new gs.Parameter(name, { dtype: "f32", shape: [] }, () => Float32Array.of(1));
const sgd = (learningRate: number, momentum = 0) => gs.sgd({ learningRate, momentum });

cpuTest(
  "each group has its own rate, state, and decay; clipping before it is common",
  async (backend) => {
    const [a, b, c] = [make("a"), make("b"), make("c")];
    const groups = gs.parameterGroups([
      { parameters: [b], transform: sgd(0.5, 0.9) },
      { parameters: ({ name }) => name === "c", transform: "frozen" },
      { parameters: "rest", transform: gs.sgd({ learningRate: 0.25, weightDecay: 0.5 }) },
    ]);
    using optimizer = new gs.Optimizer([a, b, c], gs.chain(gs.clipByGlobalNorm(2.5), groups));
    assertEquals(optimizer.parameters, [a, b]);
    assertEquals(optimizer.frozen, [c]);
    assertEquals([...optimizer.state().keys()], ["step", "b.momentum"]);
    using step = await gs.compile({}, () => {
      const loss = a.mul(3).add(b.mul(4)).add(c.mul(100)); // the norm of [3, 4] is 5
      return { updates: optimizer.minimize(loss) };
    }, { backend });
    step.run();
    const close = async (x: gs.Variable, expected: number) =>
      assertEquals(Math.abs((await x.item()) as number - expected) < 1e-5, true);
    await close(a, 1 - 0.25 * (1.5 + 0.5));
    await close(b, 1 - 0.5 * 2);
    assertEquals(await c.item(), 1);
    step.run();
    await close(b, 0 - 0.5 * (2 + 0.9 * 2));
    for (const parameter of [a, b, c]) parameter[Symbol.dispose]();
  },
);

cpuTest("groups may be nested", async (backend) => {
  const [a, b, c] = [make("a"), make("b"), make("c")];
  const inner = gs.parameterGroups([
    { parameters: [a], transform: sgd(0.5) },
    { parameters: "rest", transform: "frozen" },
  ]);
  using optimizer = new gs.Optimizer(
    [a, b, c],
    gs.parameterGroups([
      { parameters: [a, b], transform: inner },
      { parameters: [c], transform: sgd(0.25) },
    ]),
  );
  assertEquals(optimizer.frozen, [b]);
  using step = await gs.compile({}, () => ({
    updates: optimizer.minimize(a.add(b).add(c)),
  }), { backend });
  step.run();
  assertEquals([await a.item(), await b.item(), await c.item()], [0.5, 1, 0.75]);
  for (const parameter of [a, b, c]) parameter[Symbol.dispose]();
});

Deno.test("no parameter is in two groups or in none, and no group is empty", () => {
  const [a, b] = [make("a"), make("b")];
  const optimizer = (groups: readonly gs.ParameterGroup[]) =>
    new gs.Optimizer([a, b], gs.parameterGroups(groups));
  const transform = sgd(0.1);
  const refused: [readonly gs.ParameterGroup[], string][] = [
    [[{ parameters: [a], transform }], '"b" is in none: a last group { parameters: "rest", … }'],
    [
      [{ parameters: [a], transform }, { parameters: () => true, transform }],
      '"a" is in the groups 0, 1',
    ],
    [
      [{ parameters: () => false, transform }, { parameters: "rest", transform }],
      "group 0 has none",
    ],
    [
      [{ parameters: [a, b], transform }, { parameters: "rest", transform: "frozen" }],
      "group 1 has none",
    ],
    [
      [{ parameters: [make("c")], transform }, { parameters: "rest", transform }],
      'group 0 must list parameters of the optimizer: current has "c"',
    ],
    [[{ parameters: [a, b], transform: "frozen" }], "there must be a parameter to train"],
  ];
  for (const [groups, message] of refused) {
    assertThrows(() => optimizer(groups), gs.GraphError, message);
  }
});

Deno.test("what is no list of groups is refused", () => {
  // deno-lint-ignore no-explicit-any
  const groups = (value: any) => () => gs.parameterGroups(value);
  const transform = sgd(0.1);
  assertThrows(groups([]), TypeError, "expected a list of { parameters, transform }");
  assertThrows(groups({ parameters: "rest", transform }), TypeError, "current is an Object");
  assertThrows(groups([{ parameters: "all", transform }]), TypeError, '"all" as the parameters');
  assertThrows(groups([{ transform }]), TypeError, "undefined as the parameters of group 0");
  assertThrows(groups([{ parameters: "rest" }]), TypeError, "needs a transform");
  assertThrows(groups([{ parameters: "rest", transform, lr: 1 }]), TypeError, '"lr" in group 0');
  const rest = { parameters: "rest", transform };
  assertThrows(groups([rest, rest]), TypeError, 'more than one "rest"');
});
