import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Tensor, tensor, Variable, zeros } from "../../autograd/mod.ts";
import { GraphError, ShapeError } from "../../graph/mod.ts";
import {
  AvgPool2d,
  initialize,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from "../../layers/mod.ts";
import { HostRun } from "./host_run.ts";

function mlp(seed: number): Sequential {
  return initialize(new Sequential([new Linear(3, 4), new ReLU(), new Linear(4, 2)]), { seed });
}

class Net extends Module {
  readonly fc1 = new Linear(3, 4, { bias: false });
  readonly blocks = [new Linear(4, 4, { bias: false }), new Linear(4, 4, { bias: false })];
  readonly count = new Variable("count", { dtype: "i32", shape: [] });
  override forward(x: Tensor): Tensor {
    return this.blocks.reduce((value, block) => block.forward(value), this.fc1.forward(x));
  }
}

Deno.test("Sequential names its parameters as PyTorch does", () => {
  assertEquals([...mlp(1).namedParameters().keys()], ["0.weight", "0.bias", "2.weight", "2.bias"]);
  assertEquals(mlp(1).parameters().map(({ name }) => name), [
    "0.weight",
    "0.bias",
    "2.weight",
    "2.bias",
  ]);
  assertEquals(mlp(1).parameters().map(({ shape }) => shape), [[4, 3], [4], [2, 4], [2]]);
});

Deno.test("Module finds layers, lists of layers and variables in its fields", () => {
  const net = initialize(new Net(), { seed: 1 });
  const names = ["fc1.weight", "blocks.0.weight", "blocks.1.weight"];
  assertEquals([...net.namedParameters().keys()], names);
  assertEquals([...net.state().keys()], ["count", ...names]);
});

Deno.test("initialize() gives the same values for the same seed and name, and others otherwise", () => {
  const values = (model: Module, name: string) => model.namedParameters().get(name)!.hostValue()!;
  assertEquals(values(mlp(1), "2.weight"), values(mlp(1), "2.weight"));
  assertNotEquals(values(mlp(1), "2.weight"), values(mlp(2), "2.weight"));
  const net = initialize(new Net(), { seed: 1 });
  assertNotEquals(values(net, "blocks.0.weight"), values(net, "blocks.1.weight"));
  const longer = new Sequential([new Linear(3, 4), new ReLU(), new Linear(4, 2), new Linear(2, 2)]);
  assertEquals(
    values(initialize(longer, { seed: 1 }), "2.weight"),
    values(mlp(1), "2.weight"),
  );
});

Deno.test("a model without its parameters says that initialize() is missing", () => {
  const model = new Sequential([new Linear(3, 4)]);
  assertThrows(() => model.parameters(), GraphError, "call initialize(model, { seed })");
  assertThrows(
    () => initialize(model, { seed: 0.5 }),
    RangeError,
    "seed must be a whole number in [0, 2^32 - 1]: current is 0.5",
  );
});

Deno.test("Linear computes x · weightᵀ + bias for any leading axes", () => {
  const layer = initialize(new Linear(2, 3), { seed: 1 });
  const run = new HostRun();
  run.set(layer.weight, [1, 2, 3, 4, 5, 6]);
  run.set(layer.bias!, [0.5, 0, -1]);
  assertEquals(run.get(layer.forward(tensor([[1, 1], [0, 2]]))), [3.5, 7, 10, 4.5, 8, 11]);
  const deep = layer.forward(tensor([[[1, 1], [0, 2]]]));
  assertEquals(deep.shape, [1, 2, 3]);
  assertEquals(run.get(deep), [3.5, 7, 10, 4.5, 8, 11]);
  const error = assertThrows(() => layer.forward(tensor([[1, 2, 3]])), ShapeError);
  assertEquals(
    error.message,
    'Cannot apply "Linear" to f32[1, 3]: the last axis must have 2 elements: current size is 3',
  );
  assertThrows(
    () => new Linear(0, 3),
    RangeError,
    "inputs must be a positive whole number: current is 0",
  );
});

Deno.test("a layer that appears twice in a model is refused, with both places", () => {
  const shared = new Linear(2, 2);
  const model = new Sequential([shared, new ReLU(), shared]);
  const error = assertThrows(() => initialize(model, { seed: 1 }), GraphError, '"2"');
  assertEquals(error.message.includes('is also at "0"'), true);
  const once = new Sequential([shared]);
  assertEquals(initialize(initialize(once, { seed: 1 }), { seed: 2 }).parameters().length, 2);
});

Deno.test("Sequential takes layers one by one, and functions as layers", () => {
  const model = initialize(new Sequential(new Linear(3, 2), (x) => x.square(), new Linear(2, 1)));
  assertEquals([...model.namedParameters().keys()], [
    "0.weight",
    "0.bias",
    "2.weight",
    "2.bias",
  ]);
  const listed = initialize(new Sequential([model.layers[1]!, (x) => x.rsub(1)]));
  const run = new HostRun();
  assertEquals([...run.get(listed.forward(tensor([[2, 3]])))], [-3, -8]);
  assertThrows(
    () => new Sequential(new ReLU(), "relu" as never),
    TypeError,
    'each layer must be a module or a function: current is "relu"',
  );
});

Deno.test("initialize() without options has the seed 0", () => {
  const [a, b] = [initialize(new Linear(3, 2)), initialize(new Linear(3, 2), { seed: 0 })];
  assertEquals(a.state().get("weight")!.hostValue(), b.state().get("weight")!.hostValue());
});

Deno.test("a number in place of a pooling layer's options is the stride", () => {
  assertEquals(new MaxPool2d(3, 2).forward(zeros([1, 1, 7, 7])).shape, [1, 1, 3, 3]);
  assertEquals(new AvgPool2d(3, 2).forward(zeros([1, 1, 7, 7])).shape, [1, 1, 3, 3]);
});
