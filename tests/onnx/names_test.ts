import { assert, assertEquals, assertRejects } from "@std/assert";
import { Parameter, type Tensor } from "../../autograd/mod.ts";
import { initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { OnnxError, type OnnxModel, onnxModel, type OnnxOptions } from "../../onnx/mod.ts";

type Names = Pick<OnnxOptions, "input" | "output" | "name">;

function exported(names: Names): Promise<OnnxModel> {
  const model = initialize(new Sequential([new Linear(2, 3), new ReLU(), new Linear(3, 2)]), {
    seed: 1,
  });
  return onnxModel(model, { sampleShape: [2], ...names });
}

/** The names of all values, each of which must be made once. */
function valuesOf({ inputs, initializers, nodes }: OnnxModel): string[] {
  return [
    ...inputs.map(({ name }) => name),
    ...initializers.map(({ name }) => name),
    ...nodes.flatMap(({ outputs }) => outputs),
  ];
}

function assertWellFormed(model: OnnxModel): void {
  const values = valuesOf(model);
  assertEquals(new Set(values).size, values.length, `${values}`);
  const operators = model.nodes.map(({ name }) => name);
  assertEquals(new Set(operators).size, operators.length, `${operators}`);
  for (const { name } of model.outputs) assert(values.includes(name), name);
  for (const { inputs } of model.nodes) {
    for (const name of inputs) assert(name === "" || values.includes(name), name);
  }
}

Deno.test("the input and the output have the names that were asked for", async () => {
  const plain = await exported({});
  // names that operators, their results, and constants would have had
  const inner = plain.nodes.flatMap(({ name, outputs }) => [name, ...outputs])
    .filter((name) => name !== "output");
  for (const wanted of ["x", "logits", "constant", "Gemm", "0/Gemm", "Identity", ...inner]) {
    for (const names of [{ input: wanted }, { output: wanted }]) {
      const model = await exported(names);
      assertWellFormed(model);
      assertEquals(model.inputs[0]!.name, names.input ?? "input");
      assertEquals(model.outputs[0]!.name, names.output ?? "output");
    }
  }
});

Deno.test("a name that two values would have is refused, and so is an empty one", async () => {
  const taken: readonly (readonly [Names, string])[] = [
    [{ input: "x", output: "x" }, 'both the input and the output is "x"'],
    [{ input: "output" }, 'both the input and the output is "output"'],
    [{ input: "0.weight" }, 'both the input and a weight is "0.weight"'],
    [{ output: "2.bias" }, 'both the output and a weight is "2.bias"'],
  ];
  for (const [names, text] of taken) {
    await assertRejects(() => exported(names), OnnxError, text);
  }
  for (const names of [{ input: "" }, { output: "" }, { name: "" }]) {
    await assertRejects(() => exported(names), RangeError, "non-empty string");
  }
});

Deno.test("two weights of one name, or one without, are refused", async () => {
  const weight = (name: string) =>
    new Parameter(name, { dtype: "f32", shape: [2] }, () => Float32Array.of(1, 2));
  const twice = [weight("w"), weight("w")];
  const model = { forward: (x: Tensor) => x.mul(twice[0]!).add(twice[1]!) };
  const both = 'both a weight and a weight is "w"';
  await assertRejects(() => onnxModel(model, { sampleShape: [2] }), OnnxError, both);
  const nameless = weight("");
  const other = { forward: (x: Tensor) => x.mul(nameless) };
  await assertRejects(
    () => onnxModel(other, { sampleShape: [2] }),
    OnnxError,
    "a weight must have",
  );
});

Deno.test("a model that hands on its input has an operator between both names", async () => {
  const same = await onnxModel({ forward: (x: Tensor) => x }, {
    sampleShape: [2],
    output: "Identity",
  });
  assertWellFormed(same);
  assertEquals(same.nodes.map(({ op, outputs }) => [op, ...outputs]), [["Identity", "Identity"]]);
});
