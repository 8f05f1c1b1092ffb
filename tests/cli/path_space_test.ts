import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Variable } from "../../autograd/mod.ts";
import { defaults } from "../../cli/settings/config.ts";
import { pathSpaceOf } from "../../cli/training/path_space.ts";
import { layoutOf } from "../../train/batch_layout.ts";
import { placeSplit } from "../../train/mod.ts";
import { StepRunner } from "../../train/step_runner.ts";
import { openCpu } from "../../cpu/mod.ts";
import { makeSynthetic, sampleSize, takeFirst } from "../../datasets/mod.ts";
import { initialize, Linear, ReLU, Sequential } from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { call, small, temporaryFolder } from "./command.ts";

Deno.test("segments in which the conservation law fails keep their plain updates", async () => {
  using backend = await openCpu({ threads: 1 });
  const dataset = takeFirst(makeSynthetic(), { train: 32 });
  const { train } = dataset;
  const inputs = sampleSize(dataset);
  const layers = [new Linear(inputs, 5), new ReLU(), new Linear(5, dataset.classes)];
  const model = initialize(new Sequential(layers), { seed: 1 });
  const parts = {
    model,
    optimizer: new Optimizer(model.parameters(), sgd({ learningRate: 0.1 })),
    data: placeSplit(dataset, train, { shape: [inputs], name: "train", bytesPerBuffer: 2 ** 20 }),
    order: new Variable("order", { dtype: "i32", shape: [32] }, () => new Int32Array(32)),
    layout: layoutOf(32, 16, false),
    seed: 1,
    label: "test",
    largeStep: Infinity,
  };
  const runner = new StepRunner(parts, backend);
  const pathSpace = pathSpaceOf(runner, defaults);
  pathSpace.setInitialWeights();
  assertEquals(await pathSpace.selfCheck(backend), []);
  const failed = await pathSpace.selfCheck(backend, -1);
  assertEquals(failed.map(({ segment }) => segment), [0]);
  assert(failed[0]!.imbalance >= 0 && failed[0]!.imbalance < 1e-5, `${failed[0]!.imbalance}`);
  const { report } = pathSpaceOf(runner, defaults, failed);
  assertEquals([report.nodes, report.segments.length], [0, 0]);
  const owners = [runner, parts.optimizer, parts.data, parts.order, model];
  for (const owner of owners) owner[Symbol.dispose]();
  assertEquals(backend.memory().liveBuffers, 0);
});

Deno.test("explain follows the settings of G-SGD", async () => {
  const nodesOf = async (...flags: string[]) => {
    const { code, stdout, stderr } = await call("explain", "--json", ...flags);
    assertEquals([code, stderr], [0, ""]);
    return JSON.parse(stdout).report.nodes;
  };
  const plain = await nodesOf("--model=plainnet-8:4-8-16");
  const affine = await nodesOf("--model=plainnet-8:4-8-16", "--bn=affine");
  const stages = await nodesOf("--model=plainnet-8:4-8-16", "--segmentation=stages");
  const [cut, tied] = [
    await nodesOf("--model=resnet-8:4-8-16"),
    await nodesOf("--model=resnet-8:4-8-16", "--residual=tied"),
  ];
  assert(plain > 0 && affine > 0 && cut > 0, `${plain} ${affine} ${cut}`);
  assert(stages < plain && tied > cut, `${stages} ${tied}`);
});

Deno.test("explain draws the skeleton into a file, if there is one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/skeleton.svg`;
  const flags = ["explain", "--model=mlp:5-4-3-2", "--draw"];
  const { code, stdout, stderr } = await call(...flags, path);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, `The skeleton is drawn in ${path}.`);
  const svg = await Deno.readTextFile(path);
  assertStringIncludes(svg, "The skeleton of mlp:5-4-3-2");
  assertEquals(svg.match(/<circle/g)?.length, 5 + 4 + 3 + 2);
  const json = await call(...flags, path, "--json");
  assertEquals(JSON.parse(json.stdout).report.nodes, 7); // nothing but JSON
  const none = await call("explain", "--model=mlp:5-2", "--draw", path);
  assertStringIncludes(none.stderr, "Cannot draw the skeleton of mlp:5-2: it has no hidden unit");
  const other = await call(...flags, `${folder.path}/skeleton.png`);
  assertEquals(other.code, 2);
  assertStringIncludes(other.stderr, "it must be a path that ends in .svg");
});

Deno.test("a long report is not printed, only its path", async () => {
  await using folder = await temporaryFolder();
  const sizes = Array.from({ length: 26 }, () => 3).join("-");
  const flags = ["--optimizer=gsgd", `--model=mlp:16-${sizes}-10`, "--steps=1", "--no-quiet"];
  const { code, stdout } = await call(...small, ...flags, "--out", `${folder.path}/run`);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `27 parameters, listed in ${folder.path}/run/gsgd.txt\n\nm = `);
});
