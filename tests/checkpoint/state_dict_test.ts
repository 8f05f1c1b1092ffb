import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  formatLoadReport,
  fromTyped,
  loadStateDict,
  matchStateDict,
  StateDictError,
  type TensorData,
} from "../../checkpoint/mod.ts";
import { BatchNorm2d, Conv2d, initialize, Linear, ResNet, Sequential } from "../../layers/mod.ts";

const floats = (shape: readonly number[], value = 1): TensorData => {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromTyped(new Float32Array(count).fill(value), shape);
};

const net = () =>
  initialize(new Sequential([new Conv2d(1, 2, 3, { bias: false }), new BatchNorm2d(2)]), {
    seed: 1,
  });

const full = (): Map<string, TensorData> =>
  new Map([
    ["0.weight", floats([2, 1, 3, 3], 0.5)],
    ["1.weight", floats([2], 2)],
    ["1.bias", floats([2], 3)],
    ["1.running_mean", floats([2], 4)],
    ["1.running_var", floats([2], 5)],
    ["1.num_batches_tracked", fromTyped(BigInt64Array.of(7n), [])],
  ]);

async function valuesOf(model: ReturnType<typeof net>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, variable] of model.state()) found[name] = (await variable.data())[0]!;
  return found;
}

function failure(tensors: ReadonlyMap<string, TensorData>, strict = true): StateDictError {
  const error = assertThrows(() => loadStateDict(net(), tensors, { strict }), StateDictError);
  assertInstanceOf(error, StateDictError);
  return error;
}

Deno.test("a complete state is loaded, and PyTorch's batch counters are reported as ignored", async () => {
  const model = net();
  const report = loadStateDict(model, full());
  assertEquals(report.loaded.length, 5);
  assertEquals(report.ignored, ["1.num_batches_tracked"]);
  assertEquals(await valuesOf(model), {
    "0.weight": 0.5,
    "1.weight": 2,
    "1.bias": 3,
    "1.running_mean": 4,
    "1.running_var": 5,
  });
  assertEquals(
    formatLoadReport(report),
    "5 of 5 tensors loaded\n" +
      "  ignored: 1 × num_batches_tracked, which is not needed here",
  );
});

Deno.test("all mismatched names and shapes are reported at once, and nothing is loaded", async () => {
  const tensors = full();
  tensors.delete("1.bias");
  tensors.set("0.weight", floats([2, 1, 5, 5]));
  tensors.set("2.weight", floats([1]));
  const model = net();
  const before = await valuesOf(model);
  const error = assertThrows(() => loadStateDict(model, tensors), StateDictError);
  assertInstanceOf(error, StateDictError);
  assertEquals(
    error.message,
    'Cannot load tensors: names and shapes must match those of the model: missing are "1.bias"; ' +
      'unexpected are "2.weight"; "0.weight" is F32[2, 1, 5, 5] instead of f32[2, 1, 3, 3]',
  );
  assertEquals(await valuesOf(model), before);
  assertEquals(error.report.missing, ["1.bias"]);
});

Deno.test("without strict, matching tensors are loaded and the others are reported", async () => {
  const tensors = full();
  tensors.delete("1.bias");
  tensors.set("0.weight", floats([2, 1, 5, 5]));
  tensors.set("2.weight", floats([1]));
  const model = net();
  const before = await valuesOf(model);
  const report = loadStateDict(model, tensors, { strict: false });
  const after = await valuesOf(model);
  assertEquals([after["0.weight"], after["1.bias"]], [before["0.weight"], before["1.bias"]]);
  assertEquals([after["1.weight"], after["1.running_var"]], [2, 5]);
  assertEquals(formatLoadReport(report).split("\n"), [
    "3 of 5 tensors loaded",
    '  missing, left unchanged: "1.bias"',
    '  unexpected, not used: "2.weight"',
    '  of another shape, not used: "0.weight" is F32[2, 1, 5, 5] instead of f32[2, 1, 3, 3]',
    "  ignored: 1 × num_batches_tracked, which is not needed here",
  ]);
});

Deno.test("a file without any matching tensor is always refused", () => {
  const { message } = failure(new Map([["x", floats([2])]]), false);
  assert(message.includes("at least one name and shape must match those of the model"), message);
});

Deno.test("a common prefix of names is suggested, and removed on request", () => {
  for (const prefix of ["module.", "_orig_mod.module.", "1."]) {
    const wrapped = new Map([...full()].map(([name, tensor]) => [prefix + name, tensor]));
    const { report, message } = failure(wrapped);
    assertEquals(report.suggestedPrefix, prefix);
    assert(message.endsWith(`names match without the prefix "${prefix}"`), message);
    const loaded = loadStateDict(net(), wrapped, { prefix });
    assertEquals([loaded.loaded.length, loaded.ignored.length], [5, 1]);
  }
  // no suggestion if it would not help
  assertEquals(failure(new Map([["a.b", floats([1])]])).report.suggestedPrefix, undefined);
  const missing = full();
  missing.delete("1.bias");
  assertEquals(failure(missing).report.suggestedPrefix, undefined);
});

Deno.test("half and double precision are converted, and errors name the tensor", async () => {
  const model = initialize(new Linear(1, 3), { seed: 1 });
  const half: TensorData = {
    dtype: "F16",
    shape: [3, 1],
    bytes: Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0), // 1, −2, 2⁻²⁴
  };
  const report = loadStateDict(
    model,
    new Map([["weight", half], ["bias", fromTyped(Float64Array.of(0.1, 2, 3), [3])]]),
  );
  assertEquals([...await model.weight.data()], [1, -2, 2 ** -24]);
  assertEquals((await model.bias!.data())[0], Math.fround(0.1));
  assertEquals([...report.converted], [["F16", 1], ["F64", 1]]);
  const large = fromTyped(Float64Array.of(1e300, 0, 0), [3]);
  assertThrows(
    () => loadStateDict(model, new Map([["weight", half], ["bias", large]])),
    StateDictError,
    'Cannot load tensor "bias": Cannot convert F64[3] to f32',
  );
});

/** Names and shapes of torchvision's resnet34, from its definition. */
function torchvisionResnet34(): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([["conv1.weight", [64, 3, 7, 7]]]);
  const norm = (name: string, channels: number) => {
    for (const part of ["weight", "bias", "running_mean", "running_var"]) {
      shapes.set(`${name}.${part}`, [channels]);
    }
    shapes.set(`${name}.num_batches_tracked`, []);
  };
  norm("bn1", 64);
  const stages = [[3, 64, 64], [4, 64, 128], [6, 128, 256], [3, 256, 512]] as const;
  stages.forEach(([blocks, inputs, outputs], stage) => {
    for (let block = 0; block < blocks; block++) {
      const path = `layer${stage + 1}.${block}`;
      shapes.set(`${path}.conv1.weight`, [outputs, block === 0 ? inputs : outputs, 3, 3]);
      norm(`${path}.bn1`, outputs);
      shapes.set(`${path}.conv2.weight`, [outputs, outputs, 3, 3]);
      norm(`${path}.bn2`, outputs);
      if (block > 0 || stage === 0) continue;
      shapes.set(`${path}.downsample.0.weight`, [outputs, inputs, 1, 1]);
      norm(`${path}.downsample.1`, outputs);
    }
  });
  return shapes.set("fc.weight", [1000, 512]).set("fc.bias", [1000]);
}

Deno.test("torchvision's resnet34 matches except for its 7×7 stem", () => {
  const shapes = torchvisionResnet34();
  assertEquals(shapes.size, 218); // as len(torchvision.models.resnet34().state_dict())
  const zeros = new Uint8Array(4 * 512 * 512 * 9);
  const tensors = new Map([...shapes].map(([name, shape]): [string, TensorData] => {
    const count = shape.reduce((product, size) => product * size, 1);
    return name.endsWith("tracked")
      ? [name, { dtype: "I64", shape, bytes: zeros.subarray(0, 8) }]
      : [name, { dtype: "F32", shape, bytes: zeros.subarray(0, 4 * count) }];
  }));
  const model = initialize(new ResNet(34, { classes: 1000 }), { seed: 1 });
  const { report } = matchStateDict(model.state(), tensors, { strict: false });
  assertEquals([report.missing, report.unexpected], [[], []]);
  assertEquals(report.ignored.length, 36);
  assertEquals(report.mismatched, [
    { name: "conv1.weight", expected: "f32[64, 3, 3, 3]", found: "F32[64, 3, 7, 7]" },
  ]);
});
