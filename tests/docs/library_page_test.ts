import { assertEquals } from "@std/assert";
import { random, Tensor } from "../../autograd/mod.ts";
import * as optim from "../../optim/mod.ts";
import * as train from "../../train/mod.ts";
import { goldenTraining } from "../golden/golden.ts";
import { initializerMakers } from "../golden/initializer_makers.ts";
import { scheduleMakers } from "../golden/schedule_makers.ts";
import { trainingSubjects } from "../golden/training_subjects.ts";

const page = await Deno.readTextFile(new URL("../../docs/library.md", import.meta.url));

/** All names in code, in text and tables as well as in programs. */
const code = page.match(/```[^]*?```|`[^`\n]+`/g)!.join(" ");
const named = new Set(code.match(/\w+/g));

function missing(names: readonly string[]): readonly string[] {
  return names.filter((name) => !named.has(name));
}

/** Called as in JavaScript and NumPy: `sqrt` after `abs`, and so on. */
const sameName = [
  ...["acos", "asin", "atan", "ceil", "cos", "elementsAt", "erf", "exp", "gelu", "leakyRelu"],
  ...["less", "logSoftmax", "greaterEqual", "named", "reciprocal", "sign", "sqrt", "tanh"],
];

Deno.test("the tables of docs/library.md have every layer, loss, and initializer", () => {
  assertEquals(missing(Object.keys({ ...trainingSubjects, ...initializerMakers })), []);
});

Deno.test("the tables of docs/library.md have every optimizer, schedule, and metric", () => {
  const optimizers = Object.keys(goldenTraining().runs).filter((name) => name in optim);
  const metrics = Object.entries(train).filter(([, value]) =>
    typeof value === "function" && value.prototype instanceof train.DeviceMetric
  );
  const all = [...optimizers, ...Object.keys(scheduleMakers), ...metrics.map(([name]) => name)];
  assertEquals(missing(all), []);
});

Deno.test("the tables of docs/library.md have the random numbers, and what tensors do", () => {
  assertEquals(missing(Object.keys(random)), []);
  const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
    .flatMap(([name, { value }]) => typeof value === "function" ? [name] : []);
  const others = methods.filter((name) =>
    !sameName.includes(name) && name !== "constructor" && name !== "toString"
  );
  assertEquals(missing(others), []);
});
