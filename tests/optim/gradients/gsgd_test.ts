import { assert, assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../../mod.ts";
import { cpuTest } from "../../cpu/_backend.ts";
import {
  accumulated,
  assertTwins,
  batch,
  inputs,
  makeModel,
  oneStep,
  pathValuesAfter,
  planOf,
  type Twin,
} from "./twins.ts";

const transforms = {
  SGD: () => gs.sgd({ learningRate: 0.1, weightDecay: 0.01 }),
  momentum: () => gs.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
  "clipped momentum": () =>
    gs.chain(gs.clipByGlobalNorm(0.1), gs.sgd({ learningRate: 0.1, momentum: 0.9 })),
  AdamW: () => gs.adamW({ learningRate: 0.01 }),
};
const sgd = () => gs.sgd({ learningRate: 0.1 });

/** The usual step. */
const minimized = (twin: Twin, transform: gs.GradientTransform) =>
  oneStep(
    twin,
    transform,
    ({ optimizer, model, x, y }) => optimizer.minimize(gs.crossEntropy(model.forward(x), y)),
  );

for (const [name, transform] of Object.entries(transforms)) {
  for (const rows of [[4, 4], [2, 2, 2, 2], [3, 3, 2]]) {
    cpuTest(`${name}: micro-batches of ${rows} step in G-space as the batch`, async (backend) => {
      const whole = await pathValuesAfter(backend, 6, "no", (twin) => minimized(twin, transform()));
      const parts = await assertTwins(backend, (twin) => accumulated(twin, transform(), rows));
      const apart = gs.relativeDifference(parts, whole);
      // Adam's first steps divide gradients, and what rounding leaves of them, by their size
      assert(apart < (name === "AdamW" ? 1e-4 : 2e-5), `apart by ${apart}`);
    });
  }
}

cpuTest("micro-batches step by Path-SGD as the batch, and twins stay equal", async (backend) => {
  const rows = [3, 3, 2];
  const passes = [gs.pathSgd()];
  const transform = () => gs.sgd({ learningRate: 1e-3, momentum: 0.9 });
  const whole = await pathValuesAfter(
    backend,
    6,
    "no",
    (twin) =>
      oneStep(
        twin,
        transform(),
        ({ optimizer, model, x, y }) => optimizer.minimize(gs.crossEntropy(model.forward(x), y)),
        passes,
      ),
  );
  const parts = await assertTwins(
    backend,
    (twin) => accumulated(twin, transform(), rows, passes),
  );
  assert(gs.relativeDifference(parts, whole) < 2e-5);
});

/** A slow, decayed middle layer, and Adam for the last one: all in one segment. */
const groups = () =>
  gs.parameterGroups([
    {
      parameters: ({ name }) => name === "2.weight",
      transform: gs.sgd({ learningRate: 0.02, weightDecay: 0.1, momentum: 0.5 }),
    },
    { parameters: ({ name }) => name === "4.weight", transform: gs.adam({ learningRate: 0.01 }) },
    { parameters: "rest", transform: sgd() },
  ]);

cpuTest("groups of a segment have their own optimizers in G-space", async (backend) => {
  await assertTwins(backend, (twin) => minimized(twin, groups()));
  await assertTwins(backend, (twin) => accumulated(twin, groups(), [4, 4]));
});

cpuTest("a rate of 0 fixes path values, not weights", async (backend) => {
  const still = () =>
    gs.parameterGroups([
      { parameters: ({ name }) => name === "2.weight", transform: gs.sgd({ learningRate: 0 }) },
      { parameters: "rest", transform: sgd() },
    ]);
  const values = (steps: number) =>
    pathValuesAfter(backend, steps, "no", (twin) => minimized(twin, still()));
  const [one, ten] = [await values(1), await values(10)];
  const apart = gs.relativeDifference(
    new Map([["2.weight", one.get("2.weight")!]]),
    new Map([["2.weight", ten.get("2.weight")!]]),
  );
  assert(apart < 1e-5, `apart by ${apart}`);
});

/** The middle layer is frozen: the scales of the units at its ends are fixed. */
const frozen = (name: string) =>
  gs.parameterGroups([
    { parameters: (parameter) => parameter.name === name, transform: "frozen" },
    { parameters: "rest", transform: sgd() },
  ]);

Deno.test("scales end at a frozen weight, and the report says so", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), frozen("4.weight"));
  const { graph } = gs.trace(inputs, ({ x, y }) => ({
    updates: optimizer.minimize(gs.crossEntropy(model.forward(x), y)),
  }));
  const { report } = gs.planGsgd(graph);
  assertEquals(report.nodes, 8); // of the first layer; the second one's scales are fixed
  const { reason } = report.parameters.find(({ name }) => name === "4.weight")!;
  assertEquals(reason?.code, "not-optimized");
});

Deno.test("a frozen bias fixes the scale of its units", () => {
  const { report } = planOf(makeModel(), frozen("2.bias"));
  assertEquals(report.nodes, 8); // those of the first layer
});

cpuTest("twins with a frozen layer stay equal", async (backend) => {
  const train = (twin: Twin) => minimized(twin, frozen("4.weight"));
  await assertTwins(backend, train, 6, (model) => planOf(model, frozen("4.weight")));
});

/** Ways to change gradients by hand, and the transform that does the same. */
const surgery: Readonly<
  Record<string, {
    readonly change: (gradients: readonly gs.Tensor[]) => gs.Tensor[];
    readonly as?: () => gs.GradientTransform;
  }>
> = {
  "clipping by norm": {
    change: (gradients) => {
      const norm = gradients.map((g) => g.square().sum()).reduce((a, b) => a.add(b)).sqrt();
      const factor = norm.add(1e-6).pow(-1).mul(0.1).minimum(1);
      return gradients.map((g) => g.mul(factor));
    },
    as: () => gs.clipByGlobalNorm(0.1),
  },
  "clipping by value": {
    change: (gradients) => gradients.map((g) => g.clamp(-0.01, 0.01)),
    as: () => gs.clipByValue(0.01),
  },
  noise: {
    change: (gradients) => gradients.map((g) => g.add(0.01)),
  },
  "a projection": {
    // rows lose their mean: more than an elementwise change
    change: (gradients) =>
      gradients.map((g) => g.rank < 2 ? g : g.sub(g.mean([1]).reshape([g.shape[0]!, 1]))),
  },
};

for (const [name, { change, as }] of Object.entries(surgery)) {
  cpuTest(`${name} of gradients acts in G-space`, async (backend) => {
    const values = await assertTwins(
      backend,
      (twin) =>
        oneStep(twin, sgd(), ({ optimizer, model, x, y }) => {
          const loss = gs.crossEntropy(model.forward(x), y);
          return optimizer.apply(change(gs.gradientsOf(loss, optimizer.parameters)));
        }),
    );
    if (!as) return;
    const expected = await pathValuesAfter(
      backend,
      6,
      "no",
      (twin) => minimized(twin, gs.chain(as(), sgd())),
    );
    assert(gs.relativeDifference(values, expected) < 1e-6);
  });
}

/** Two losses of one output. */
const losses = (model: gs.Module, x: gs.Tensor, y: gs.Tensor) => {
  const logits = model.forward(x);
  return [gs.crossEntropy(logits, y), logits.square().mean()] as const;
};

cpuTest("the gradients of two losses add up in G-space", async (backend) => {
  const sum = await pathValuesAfter(
    backend,
    6,
    "no",
    (twin) =>
      oneStep(twin, sgd(), ({ optimizer, model, x, y }) => {
        const [first, second] = losses(model, x, y);
        return optimizer.minimize(first.add(second.mul(0.5)));
      }),
  );
  const each = await assertTwins(
    backend,
    (twin) =>
      oneStep(twin, sgd(), ({ optimizer, model, x, y }) => {
        const [first, second] = losses(model, x, y)
          .map((loss) => gs.gradientsOf(loss, optimizer.parameters));
        return optimizer.apply(first!.map((g, i) => g.add(second![i]!.mul(0.5))));
      }),
  );
  assert(gs.relativeDifference(each, sum) < 1e-5);
});

cpuTest("conflicts of two losses are projected out in G-space", async (backend) => {
  await assertTwins(backend, (twin) =>
    oneStep(twin, sgd(), ({ optimizer, model, x, y }) => {
      const [first, second] = losses(model, x, y)
        .map((loss) => gs.gradientsOf(loss, optimizer.parameters));
      const dot = (a: readonly gs.Tensor[], b: readonly gs.Tensor[]) =>
        a.map((g, i) => g.mul(b[i]!).sum()).reduce((p, q) => p.add(q));
      const share = dot(first!, second!).minimum(0).div(dot(second!, second!).add(1e-6));
      return optimizer.apply(
        first!.map((g, i) => g.sub(second![i]!.mul(share)).add(second![i]!)),
      );
    }));
});

cpuTest("a network may run once for each term of the loss", async (backend) => {
  await assertTwins(backend, (twin) =>
    oneStep(twin, sgd(), ({ optimizer, model, x, y }) => {
      const [first, second] = [-1, 2].map((scale) => model.forward(x.mul(scale)).square().mean());
      const sum = gs.crossEntropy(model.forward(x), y).sub(first!.neg()).add(second!.mul(0.1));
      return optimizer.minimize(sum.div(3));
    }));
});

Deno.test("a network that runs twice within one term is shared", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), sgd());
  const { graph } = gs.trace(inputs, ({ x }) => ({
    updates: optimizer.minimize(model.forward(x).sub(model.forward(x.mul(-1))).square().mean()),
  }));
  assertThrows(() => gs.gsgd()(graph), gs.GraphError, "shared-weight");
});

Deno.test("weights of a segment that follow different losses are outside", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), sgd());
  const { graph } = gs.trace(inputs, ({ x, y }) => {
    const [first, second] = losses(model, x, y)
      .map((loss) => gs.gradientsOf(loss, optimizer.parameters));
    return { updates: optimizer.apply(first!.map((g, i) => i === 4 ? second![i]! : g)) };
  });
  const { report } = gs.planGsgd(graph);
  assertEquals(report.nodes, 8); // those of the second layer touch 4.weight, of the other loss
  const { reason } = report.parameters.find(({ name }) => name === "4.weight")!;
  assertEquals(reason?.code, "gradients-disagree");
});

cpuTest("a plan applies to a step that receives its gradients", async (backend) => {
  const trained = await assertTwins(backend, async ({ model }) => {
    const optimizer = new gs.Optimizer(model.parameters(), transforms.momentum());
    const { parameters } = optimizer;
    const plan = planOf(model);
    const backward = await gs.compile(inputs, ({ x, y }) => {
      const slopes = gs.gradientsOf(gs.crossEntropy(model.forward(x), y), parameters);
      return { outputs: Object.fromEntries(slopes.map((g, i) => [`g${i}`, g])) };
    }, { backend });
    const types = Object.fromEntries(parameters.map(({ type }, i) => [`g${i}`, type]));
    const apply = await gs.compile(types, (given) => ({
      updates: optimizer.apply(new Map(parameters.map((p, i) => [p, given[`g${i}`]!]))),
    }), { backend, passes: [plan.apply] });
    backward.run(batch);
    const values = await backward.read();
    return {
      step: () => apply.run(values),
      [Symbol.dispose]: () => {
        for (const owner of [backward, apply, optimizer]) owner[Symbol.dispose]();
      },
    };
  }, 1);
  const expected = await pathValuesAfter(
    backend,
    1,
    "no",
    (twin) => minimized(twin, transforms.momentum()),
  );
  assert(gs.relativeDifference(trained, expected) < 1e-6);
});

Deno.test("gradients that do not show the network need a plan from elsewhere", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), sgd());
  const { parameters } = optimizer;
  const types = Object.fromEntries(parameters.map(({ type }, i) => [`g${i}`, type]));
  const { graph } = gs.trace(types, (given) => ({
    updates: optimizer.apply(parameters.map((_, i) => given[`g${i}`]!)),
  }));
  assertThrows(() => gs.gsgd()(graph), gs.GraphError, "use plan.apply");
  const other = makeModel();
  assertThrows(() => planOf(other).apply(graph), gs.GraphError, "the graph does not train");
});

Deno.test("an L2 term in the loss is refused with a hint", () => {
  const model = makeModel();
  const optimizer = new gs.Optimizer(model.parameters(), sgd());
  const { graph } = gs.trace(inputs, ({ x, y }) => {
    const penalty = model.parameters().map((p) => p.square().sum()).reduce((a, b) => a.add(b));
    const loss = gs.crossEntropy(model.forward(x), y).add(penalty.mul(1e-4));
    return { updates: optimizer.minimize(loss) };
  });
  const error = assertThrows(() => gs.gsgd()(graph), gs.GraphError, "weight-penalty");
  assert(error.message.includes("use the optimizer's weightDecay"));
});
