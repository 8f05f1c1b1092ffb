import { assert, assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../mod.ts";
import { DTypeError, interpret, lower, ShapeError, temporaryBytes } from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { planGsgd } from "../../optim/gsgd/mod.ts";
import { generator } from "../support/random.ts";

const limits = { slotsPerDispatch: 32, bytesPerSlot: 2 ** 30, longRow: 16384, parallelRows: 8 };

function random(shape: readonly number[], seed: number): gs.Tensor {
  const next = generator(seed);
  const count = shape.reduce((a, b) => a * b, 1);
  return gs.tensor(Float32Array.from({ length: count }, () => next() - 0.5), [...shape]);
}

/** Values of tensors in float64, with the parameters of a model at their initial values. */
async function valuesOf(tensors: readonly gs.Tensor[], model: gs.AnyModule): Promise<number[][]> {
  using cpu = await gs.openBackend("cpu");
  const bindings = new Map<gs.Tensor["node"], ArrayLike<number>>();
  for (const variable of model.state().values()) {
    bindings.set(variable.node, await variable.data({ backend: cpu }));
  }
  const found = interpret(tensors.map(({ node }) => node), bindings);
  return tensors.map(({ node }) => [...found.get(node)!]);
}

/** The gradient of an LSTM of two layers over `steps` steps. */
function planOf(steps: number) {
  using lstm = gs.initialize(new gs.LSTM(4, 8, { numLayers: 2 }), { seed: 1 });
  using optimizer = new gs.Optimizer(lstm.parameters(), gs.adam({ learningRate: 0.01 }));
  const { graph } = gs.trace({ x: gs.f32([steps, 2, 4]) }, ({ x }) => {
    const loss = lstm.forward(x).output.square().sum();
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  });
  return lower(graph, limits, "lstm").plan;
}

Deno.test("an LSTM of 400 steps has as many kernels as one of 100", () => {
  const [short, long] = [planOf(100), planOf(400)];
  assertEquals(long.dispatches.length, short.dispatches.length);
  const perStep = (temporaryBytes(long) - temporaryBytes(short)) / 300;
  const [batch, size, layers] = [2, 8, 2];
  // gates, their cotangents, the states before and after, projections and their cotangents
  assert(perStep <= layers * 4 * batch * size * (4 + 4 + 4 + 4 + 4), `${perStep} bytes`);
});

Deno.test("an LSTM computes what its cell does step by step, and so do its gradients", async () => {
  const [steps, batch] = [4, 3];
  using lstm = gs.initialize(new gs.LSTM(2, 5), { seed: 1 });
  using cell = gs.initialize(new gs.LSTMCell(2, 5), { seed: 2 });
  for (const [name, variable] of cell.state()) {
    const initial = await lstm.state().get(`${name}_l0`)!.data();
    variable.assign(Float32Array.from(initial));
  }
  const x = random([steps, batch, 2], 3);
  const rolled = lstm.forward(x).output;
  let state: gs.LSTMState | undefined;
  const outputs: gs.Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const step = x.slice([t, 0, 0], [1, batch, 2]).reshape([batch, 2]);
    state = cell.forward({ x: step, ...(state && { state }) });
    outputs.push(state.h);
  }
  const unrolled = gs.stack(outputs);
  const slopes = (output: gs.Tensor, model: gs.AnyModule) =>
    gs.gradientsOf(output.square().sum(), [x, ...model.parameters()]);
  const [a, b] = [
    await valuesOf([rolled, ...slopes(rolled, lstm)], lstm),
    await valuesOf([unrolled, ...slopes(unrolled, cell)], cell),
  ];
  a.forEach((list, i) =>
    assertAllClose(list, b[i]!, { relative: 1e-9, absolute: 1e-12 }, `value ${i}`)
  );
});

Deno.test("padded steps change neither outputs nor gradients, whatever is in them", async () => {
  using gru = gs.initialize(new gs.GRU(2, 3, { bidirectional: true, batchFirst: true }), {
    seed: 1,
  });
  const lengths = gs.tensor([2, 0, 4], [3], "i32");
  const x = random([3, 4, 2], 5);
  const isThere = gs.arange(4).reshape([1, 4, 1]).less(lengths.reshape([3, 1, 1]));
  const run = (padding: number) => {
    const { output, state } = gru.forward({ x: gs.where(isThere, x, padding), lengths });
    const loss = output.square().sum().add(state.sum());
    return valuesOf([output, state, ...gs.gradientsOf(loss, gru.parameters())], gru);
  };
  const [zeros, others] = [await run(0), await run(7)];
  assertEquals(others, zeros);
  assertEquals(zeros[0]!.slice(4 * 6, 8 * 6).every((value) => value === 0), true, "no step at all");
});

Deno.test("recurrent layers name what they cannot take", () => {
  const lstm = gs.initialize(new gs.LSTM(3, 4, { numLayers: 2 }), { seed: 1 });
  const x = gs.zeros([5, 2, 3]);
  assertThrows(() => lstm.forward(gs.zeros([5, 2, 4])), ShapeError, "[steps, batch, 3]");
  assertThrows(() => lstm.forward(gs.zeros([5, 3])), ShapeError, "[steps, batch, 3]");
  assertThrows(() => lstm.forward(gs.zeros([5, 2, 3], "i32")), DTypeError, "f32");
  const state = { h: gs.zeros([2, 2, 4]), c: gs.zeros([1, 2, 4]) };
  assertThrows(() => lstm.forward({ x, state }), ShapeError, "[2, 2, 4]");
  assertThrows(() => lstm.forward({ x, lengths: gs.zeros([2]) }), DTypeError, "i32");
  assertThrows(() => lstm.forward({ x, lengths: gs.zeros([3], "i32") }), ShapeError, "lengths");
  const cell = gs.initialize(new gs.GRUCell(3, 4), { seed: 1 });
  assertThrows(() => cell.forward({ x: gs.zeros([2, 3]), state: gs.zeros([3, 4]) }), ShapeError);
  // @ts-expect-error: another name
  assertThrows(() => new gs.RNN(3, 4, { nonlinearity: "sigmoid" }), RangeError, "nonlinearity");
});

Deno.test("outputs between layers are dropped in training alone", () => {
  const rnn = gs.initialize(new gs.RNN(3, 4, { numLayers: 2, dropout: 0.5 }), { seed: 1 });
  const x = gs.ones([2, 1, 3]);
  const counter = gs.full(1, [], "i32");
  const draws = (context: gs.ForwardContext) => {
    const { output } = rnn.forward(x, context);
    return gs.print({ outputs: [output.node], updates: new Map() }).includes("random");
  };
  assertEquals([draws({ training: true, counter }), draws({ training: false })], [true, false]);
});

for (
  const [name, make, reason] of [
    ["LSTM", () => new gs.LSTM(3, 4), "not-homogeneous:sigmoid"],
    ["GRU", () => new gs.GRU(3, 4), "not-homogeneous:sigmoid"],
    ["RNN", () => new gs.RNN(3, 4), "not-homogeneous:tanh"],
    ["RNN with ReLU", () => new gs.RNN(3, 4, { nonlinearity: "relu" }), "recurrent"],
  ] as const
) {
  Deno.test(`G-SGD leaves the weights of ${name} outside, with the reason`, () => {
    class Net extends gs.Module {
      readonly first = new gs.Linear(2, 3);
      readonly recurrent: gs.Module<gs.Tensor, gs.SequenceOutput<unknown>> = make();
      readonly hidden = new gs.Linear(4, 5);
      readonly last = new gs.Linear(5, 2);
      override forward(x: gs.Tensor): gs.Tensor {
        const { output } = this.recurrent.forward(this.first.forward(x).relu());
        return this.last.forward(this.hidden.forward(output).relu());
      }
    }
    using model = gs.initialize(new Net(), { seed: 1 });
    using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
    const { graph } = gs.trace({ x: gs.f32([6, 2, 2]) }, ({ x }) => {
      const loss = model.forward(x).square().mean();
      return { outputs: { loss }, updates: optimizer.minimize(loss) };
    });
    const { report } = planGsgd(graph);
    const format = ({ code, op }: gs.Reason) => code === "not-homogeneous" ? `${code}:${op}` : code;
    const found = report.parameters.filter((each) => each.name.includes("_hh_"));
    assertEquals(found.map(({ name }) => name), [
      "recurrent.weight_hh_l0",
      "recurrent.bias_hh_l0",
    ]);
    for (const parameter of found) {
      assertEquals(parameter.class, "outside", parameter.name);
      assertEquals(format(parameter.reason!), reason, parameter.name);
    }
    const inside = report.parameters.filter((each) => each.class !== "outside");
    assertEquals(inside.map(({ name }) => name), [
      "first.weight",
      "first.bias",
      "recurrent.weight_ih_l0",
      "hidden.weight",
      "hidden.bias",
      "last.weight",
    ]);
    assertEquals(report.nodes, 3 + 5, "hidden units before and after the loop, none of the loop");
  });
}

Deno.test("a state in the place of the context, as in PyTorch, is refused by name", () => {
  const x = gs.zeros([4, 2, 3]);
  const h = gs.zeros([1, 2, 5]);
  const rule = "the state is an input, as in forward({ x, state }, context): current context is";
  assertThrows(() => new gs.GRU(3, 5).forward(x, h as never), TypeError, `${rule} a Tensor`);
  assertThrows(() => new gs.LSTM(3, 5).forward(x, [h, h] as never), TypeError, rule);
  assertThrows(() => new gs.RNN(3, 5).forward(x, null as never), TypeError, `${rule} null`);
});
