import { assertEquals } from "@std/assert";
import { Tensor, Variable } from "../../../autograd/mod.ts";
import { type Graph, squaredError } from "../../../graph/mod.ts";
import { initialize, type Module, PlainNet, ResNet } from "../../../layers/mod.ts";
import { type GsgdReport, planGsgd, type SkeletonOptions } from "../../../optim/gsgd/mod.ts";
import { Optimizer, sgd } from "../../../optim/mod.ts";

/** What the pass says of a model that is trained on images of 32×32 pixels. */
function reportOf(model: Module, options: SkeletonOptions = {}): GsgdReport {
  initialize(model, { seed: 1 });
  const x = new Variable("x", { dtype: "f32", shape: [2, 3, 32, 32] });
  const target = new Variable("target", { dtype: "f32", shape: [2, 10] });
  const output = model.forward(x, { training: true, record: () => {} });
  const loss = new Tensor(squaredError(output.node, target.node)).mean();
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  const updates = optimizer.minimize(loss);
  const graph: Graph = {
    outputs: [loss.node],
    updates: new Map([...updates].map(([key, value]) => [key.node, value.node])),
  };
  return planGsgd(graph, options).report;
}

const counts = ({ nodes, trained, parameters, segments }: GsgdReport) => ({
  nodes,
  trained,
  free: parameters.reduce((sum, parameter) => sum + parameter.free, 0),
  segments: segments.length,
});

/** Weights (no biases) that touch scale nodes. */
const weightsInside = ({ parameters }: GsgdReport) =>
  parameters.filter(({ class: is }) => is !== "outside" && is !== "bias")
    .reduce((sum, { edges }) => sum + edges, 0);

Deno.test("PlainNet-34 is one segment of 7616 feature maps, as in the paper", () => {
  const report = reportOf(new PlainNet(34));
  assertEquals(counts(report), { nodes: 7616, free: 7616, trained: 512, segments: 1 });
  assertEquals(weightsInside(report), 21_093_056);
  assertEquals(report.edges, 21_093_056 + 10); // the output's bias
  const trained = report.parameters.filter((parameter) => parameter.trained > 0);
  assertEquals(trained.map(({ name, trained }) => [name, trained]), [
    ["conv1.weight", 64],
    ["layer2.0.conv1.weight", 64],
    ["layer3.0.conv1.weight", 128],
    ["layer4.0.conv1.weight", 256],
  ]);
});

Deno.test("by stages PlainNet-34 has four segments, without stem and classifier", () => {
  const report = reportOf(new PlainNet(34), { segmentation: "stages" });
  const nodes = 5 * 64 + 7 * 128 + 11 * 256 + 5 * 512; // the last maps of a stage are fixed
  const trained = 64 + 128 + 256 + 512;
  assertEquals(counts(report), { nodes, free: nodes, trained, segments: 4 });
  const outside = report.parameters.filter(({ reason }) => reason?.code === "segmentation");
  assertEquals(outside.map(({ name }) => name), ["conv1.weight", "fc.weight"]);
  const [first] = report.segments;
  assertEquals(first!.parameters.length, 6);
});

Deno.test("ResNet-34 has 3776 scale nodes, one segment for each block", () => {
  const report = reportOf(new ResNet(34));
  assertEquals(counts(report), { nodes: 3776, free: 3776, trained: 3776, segments: 16 });
  const block = report.parameters.filter(({ name }) => name.startsWith("layer2.0."));
  assertEquals(block.map(({ name, class: is, reason }) => [name, reason?.code ?? is]), [
    ["layer2.0.conv1.weight", "first"],
    ["layer2.0.bn1.weight", "batch-norm"],
    ["layer2.0.bn1.bias", "batch-norm"],
    ["layer2.0.conv2.weight", "last"],
    ["layer2.0.bn2.weight", "batch-norm"],
    ["layer2.0.bn2.bias", "batch-norm"],
    ["layer2.0.downsample.0.weight", "residual-add"],
    ["layer2.0.downsample.1.weight", "batch-norm"],
    ["layer2.0.downsample.1.bias", "batch-norm"],
  ]);
});

Deno.test("ResNet-110 of the CIFAR family has 2016 scale nodes", () => {
  const report = reportOf(new ResNet(110));
  assertEquals(counts(report), { nodes: 2016, free: 2016, trained: 2016, segments: 54 });
});

Deno.test("tied, the stream of a residual network adds a scale node for each channel of the last stage", () => {
  // the channels of earlier stages go on, between new ones of zeros
  const report = reportOf(new ResNet(110), { residual: "tied" });
  assertEquals([report.nodes, report.segments.length], [2016 + 64, 1]);
});
