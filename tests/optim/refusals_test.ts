import { assertThrows } from "@std/assert";
import { f32, Parameter, type Tensor, trace } from "../../autograd/mod.ts";
import { GraphError, input } from "../../graph/mod.ts";
import { initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import * as optim from "../../optim/mod.ts";

/** A function as programs see it that nobody has type-checked. */
// deno-lint-ignore no-explicit-any
const untyped = (f: unknown) => f as (...args: any[]) => unknown;
const parameter = () => new Parameter("w", { dtype: "f32", shape: [2] });

const refused: [string, unknown[], string][] = [
  ["sgd", [], "Cannot make SGD: its options are { learningRate, momentum?, "],
  ["sgd", [{ lr: 0.1 }], 'current has "lr": did you mean learningRate?'],
  ["sgd", [{}], "current has no learningRate"],
  ["sgd", [{ learningRate: 0.1, weight_decay: 1 }], "did you mean weightDecay?"],
  ["sgd", [{ learningRate: 0.1, betas: [0, 0] }], 'current has "betas"'],
  [
    "sgd",
    [{ learningRate: "0.1" }],
    'learningRate must be a non-negative finite number, or a schedule: current is "0.1"',
  ],
  ["adam", [{ lr: 0.1 }], "did you mean learningRate?"],
  ["adam", [0.1], "current is 0.1"],
  [
    "adam",
    [{ learningRate: 0.1, betas: 0.9 }],
    "betas must be a list of 2 numbers in [0, 1): current is 0.9",
  ],
  ["adamW", [{ learningRate: 0.1, epsilon: 1 }], "did you mean eps?"],
  ["scaleByAdam", [{ beta1: 0.9 }], 'current has "beta1"'],
  ["rmsProp", [{ lr: 0.1 }], "did you mean learningRate?"],
  ["scaleByRms", [0.9], "current is 0.9"],
  ["momentum", [0.5], "current is 0.5"],
  ["weightDecay", [{ decay: 0.1 }], "current is an Object"],
  ["weightDecay", [], "current is undefined"],
  ["scaleByLearningRate", [], "current is undefined"],
  ["clipByGlobalNorm", [{ maxNorm: 1 }], "current is an Object"],
  ["clipByValue", ["1"], 'current is "1"'],
  ["chain", [[optim.momentum()]], "needs a transform, such as sgd({ learningRate: 0.1 })"],
  ["perParameter", [() => {}], "current apply is undefined"],
  ["cosine", [0.1], "its options are { steps, final? }: current is undefined"],
  [
    "cosine",
    [undefined, { steps: 9 }],
    "rate must be a non-negative finite number: current is undefined",
  ],
  [
    "linear",
    [0.1, { steps: 1.5 }],
    "steps must be a whole number in [1, 2^31 - 1]: current is 1.5",
  ],
  ["stepDecay", [0.1, 10], "current is 10"],
  [
    "multiStep",
    [0.1, { milestones: 5 }],
    "must be a list of whole numbers in [0, 2^31 - 1]: current is 5",
  ],
  ["warmUp", [0.1, { steps: 5 }], "it needs a schedule, such as constant(0.1)"],
  ["constant", [], "current is undefined"],
];

Deno.test("optimizers and schedules refuse at once what they do not know or lack", () => {
  for (const [name, args, message] of refused) {
    const make = untyped(optim[name as keyof typeof optim]);
    assertThrows(() => make(...args), Error, message, `${name}(${JSON.stringify(args)})`);
  }
});

Deno.test("a schedule must make a rate of the step", () => {
  const step = input("step", { dtype: "i32", shape: [] });
  const rateAt = untyped(optim.rateAt);
  assertThrows(() => rateAt(() => 0.1, step), TypeError, "current is 0.1");
  assertThrows(() => rateAt((at: Tensor) => at, step), TypeError, "current is i32[]");
});

Deno.test("Optimizer wants parameters, a transform and a loss", () => {
  const make = (...args: unknown[]) => Reflect.construct(optim.Optimizer, args);
  const sgd = optim.sgd({ learningRate: 0.1 });
  const message = "a list of Parameters, such as model.parameters(): current";
  assertThrows(() => make(new Linear(2, 2), sgd), TypeError, `${message} is a Linear`);
  assertThrows(() => make(undefined, sgd), TypeError, `${message} is undefined`);
  assertThrows(() => make([undefined], sgd), TypeError, `${message} has undefined`);
  assertThrows(() => make([new Linear(2, 2)], sgd), TypeError, `${message} has a Linear`);
  assertThrows(() => make([], sgd), GraphError, "the current list is empty");
  assertThrows(() => make([parameter()]), TypeError, "current is undefined");
  assertThrows(() => make([parameter()], { learningRate: 1 }), TypeError, "current is an Object");
  const forgetful = optim.perParameter("forgetful", ({ update }) => update, ["moment"]);
  const counts = "must be [1], one for each parameter: current numbers are [0]";
  const own = parameter();
  const step = () => new optim.Optimizer([own], forgetful).minimize(own.sum());
  assertThrows(step, GraphError, counts);
  for (
    const [result, current] of [
      [1, "1"],
      [undefined, "undefined"],
      [parameter().node, "an Object"],
      [
        { update: 1, slots: [] },
        "1",
      ],
      [{ slots: [] }, "undefined"],
    ] as const
  ) {
    const wrong = optim.perParameter("wrong", () => result as unknown as Tensor);
    assertThrows(
      () => new optim.Optimizer([own], wrong).minimize(own.sum()),
      TypeError,
      'Cannot use the transform "wrong": its function must return a Tensor, or Tensors as ' +
        `{ update, slots }: current is ${current}`,
    );
  }
  const minimize = untyped((loss: Tensor) =>
    new optim.Optimizer([parameter()], sgd).minimize(loss)
  );
  assertThrows(() => minimize(0.5), TypeError, "Cannot minimize 0.5: the loss must be a Tensor");
});

Deno.test("G-SGD and Path-SGD refuse options, plans and parameters that are none", () => {
  const model = initialize(new Sequential([new Linear(2, 3), new ReLU(), new Linear(3, 1)]), {
    seed: 1,
  });
  const optimizer = new optim.Optimizer(model.parameters(), optim.sgd({ learningRate: 0.1 }));
  const { graph } = trace({ x: f32([1, 2]) }, ({ x }) => ({
    updates: optimizer.minimize(model.forward(x).square().sum()),
  }));
  const plan = optim.planGsgd(graph);
  const parameters = model.parameters();
  const cases: [keyof typeof optim, unknown[], string][] = [
    ["gsgd", [{ clamp: [0.5, 2] }], 'current has "clamp"'],
    ["gsgd", [{ ratio_clamp: [0.5, 2] }], "did you mean ratioClamp?"],
    ["gsgd", [{ residual: "tie" }], 'residual must be one of "cut", "tied": current is "tie"'],
    ["gsgd", [{ bn: true }], 'one of "paper", "none", "affine": current is true'],
    [
      "gsgd",
      [{ segmentation: ["0.weight"] }],
      'must be "whole", "stages" or lists of names: current is ["0.weight"]',
    ],
    ["gsgd", [{ ratioClamp: 2 }], "must be a list of 2 numbers in (0, Infinity]: current is 2"],
    ["gsgd", [{ telemetry: true }], "must be a result of gsgdTelemetry(): current is true"],
    ["planGsgd", [model], "such as trace(…).graph: current is a Sequential"],
    ["planPathSgd", [undefined], "such as trace(…).graph: current is undefined"],
    ["frozenSkeleton", [{ telemetry: true }], 'current has "telemetry"'],
    ["pathSgd", [{ report: true }], 'current has "report"'],
    ["gsgdTelemetry", [{ ratio: true }], 'current has "ratio"'],
    ["initializeSkeleton", [plan, parameters, "ones"], 'one of "one", "keep", "gauge": current is'],
    ["initializeSkeleton", [plan, parameters, "one", { seed: 1 }], 'current has "seed"'],
    ["initializeSkeleton", [plan, model], "a list of Parameters, such as model.parameters()"],
    ["initializeSkeleton", [graph, parameters], "such as planGsgd(graph): current is an Object"],
    ["rescaleNodes", [plan, parameters, { range: 2 }], "current has no seed"],
    ["rescaleNodes", [graph, parameters, { range: 2, seed: 1 }], "such as planGsgd(graph)"],
    ["pathValues", [graph, new Map()], "such as planGsgd(graph)"],
    ["conservationCheck", [graph, graph], "such as planGsgd(graph)"],
  ];
  for (const [name, args, message] of cases) {
    assertThrows(() => untyped(optim[name])(...args), Error, message, `${name}: ${message}`);
  }
});

Deno.test("a loss that depends on no trained parameter is refused", () => {
  const [own, other] = ["own", "other"].map((name) => new Parameter(name, f32([2])));
  const optimizer = new optim.Optimizer([own!], optim.sgd({ learningRate: 0.1 }));
  const accumulator = new optim.GradientAccumulator(optimizer);
  const loss = other!.square().sum();
  assertThrows(() => optimizer.minimize(loss), GraphError, 'Cannot minimize "reduceSum": it must');
  assertThrows(() => accumulator.accumulate(loss), GraphError, "a parameter that is trained");
  optimizer.minimize(loss.add(own!.sum()));
});
