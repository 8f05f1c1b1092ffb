/** Every layer as an ONNX file: in onnxruntime, and imported again. */
import { assert, assertEquals } from "@std/assert";
import { Tensor, Variable } from "../../autograd/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { type AnyModule, initialize, Module } from "../../layers/mod.ts";
import { exportOnnx, importOnnx, type OnnxModule } from "../../onnx/mod.ts";
import { models } from "../cases/models.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { generator } from "../support/random.ts";
import { type CaseInput, type LayerCase, layerCases } from "./layer_cases.ts";
import { assertRoundTrip } from "./round_trip.ts";
import { runOnnxNamed, type RuntimeInput } from "./runtime.ts";

/** An input of a test: for this library, and for onnxruntime. */
interface Given {
  readonly name: string;
  readonly variable: Variable;
  readonly fed: RuntimeInput;
}

function draw(
  name: string,
  input: CaseInput,
  { count, seed }: Record<"count" | "seed", number>,
): Given {
  const { sampleShape, dtype = "f32", below = 2 } = input;
  const shape = [count, ...sampleShape];
  const next = generator(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  const integers = () => Array.from({ length }, () => Math.floor(below * next()));
  const own = dtype === "i64" ? "i32" : dtype;
  const data = dtype === "f32"
    ? Float32Array.from({ length }, () => 2 * next() - 1)
    : dtype === "bool"
    ? Uint8Array.from(integers())
    : Int32Array.from(integers());
  const type = dtype === "i64" ? "int64" as const : dtype === "bool" ? dtype : undefined;
  return {
    name,
    variable: new Variable(name, { dtype: own, shape }, () => data),
    fed: { shape, data, ...type && { type } },
  };
}

for (const { name, inputs, make } of layerCases) {
  cpuTest(`${name} runs in onnxruntime, and has the same bits when it is imported`, async (cpu) => {
    const { layer, forward } = make();
    using model = initialize(layer, { seed: 1 });
    const described = Object.entries(inputs).map(([key, { below: _, ...input }]) => [key, input]);
    const file = await exportOnnx({ forward }, { inputs: Object.fromEntries(described) });
    using copy = importOnnx(file);
    const namesOf = (module: AnyModule) => [...module.namedParameters().keys()].sort();
    assertEquals(namesOf(copy), namesOf(model));
    for (const count of [1, 3]) {
      const given = Object.entries(inputs).map(([key, input], i) =>
        draw(key, input, { count, seed: 10 * count + i })
      );
      await check(file, { given, forward, copy, backend: cpu });
      for (const { variable } of given) variable[Symbol.dispose]();
    }
  });
}

async function check(
  file: Uint8Array,
  { given, forward, copy, backend }: {
    readonly given: readonly Given[];
    readonly forward: ReturnType<LayerCase["make"]>["forward"];
    readonly copy: OnnxModule;
    readonly backend: Backend;
  },
): Promise<void> {
  const variables = Object.fromEntries(given.map(({ name, variable }) => [name, variable]));
  const made = forward(variables);
  const results = made instanceof Tensor ? { output: made } : made as Record<string, Tensor>;
  const copies = copy.run(variables);
  const found = await runOnnxNamed(
    file,
    Object.fromEntries(given.map((one) => [one.name, one.fed])),
  );
  await assertRoundTrip({ results, copies, found }, backend);
}

/** A module and all modules in it. */
function allOf(module: AnyModule): AnyModule[] {
  return [module, ...[...module.children().values()].flatMap(allOf)];
}

Deno.test("every layer is in a case that is exported and imported", () => {
  const tested = [
    ...layerCases.map(({ make }) => make().layer),
    ...models.map(({ model }) => model()),
  ].flatMap(allOf);
  const classes = Object.values<unknown>(layers).flatMap((value) =>
    typeof value === "function" && value.prototype instanceof Module ? [value] : []
  );
  assert(classes.length > 70, `${classes.length}`);
  const missing = classes.filter((layer) => !tested.some((module) => module instanceof layer));
  assertEquals(missing.map(({ name }) => name), []);
});
