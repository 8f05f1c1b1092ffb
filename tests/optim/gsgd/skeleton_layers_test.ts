import { assertEquals } from "@std/assert";
import { labelOf, rowMajorStrides } from "../../../graph/mod.ts";
import { planGsgd, type ScaleMap, type SkeletonTensor } from "../../../optim/gsgd/mod.ts";
import { type SkeletonLayer, skeletonLayers } from "../../../optim/gsgd/report/skeleton_layers.ts";
import { graphCases } from "./graphs.ts";

/** All pairs of units that the elements of a weight connect, found by visiting each element. */
function pairsOf({ weight, tail, head }: SkeletonTensor): ReadonlySet<string> {
  const { shape } = weight.type;
  const count = shape.reduce((product, size) => product * size, 1);
  const strides = rowMajorStrides(shape);
  const [tails, heads] = [tail, head].map(unitsOf);
  return new Set(Array.from({ length: count }, (_, element) => {
    const position = shape.map((size, axis) => Math.floor(element / strides[axis]!) % size);
    return `${tails!(position)} ${heads!(position)}`;
  }));
}

/** Numbers the units of a map in the order of their first element. */
function unitsOf({ shape, ids }: ScaleMap): (position: readonly number[]) => number {
  const names = ids.map((id, element) => id === 0 ? `fixed ${element}` : `node ${id}`);
  const order = [...new Set(names)];
  const strides = rowMajorStrides(shape);
  return (position) => {
    const element = position.reduce(
      (sum, at, i) => sum + (shape[i]! > 1 ? at * strides[i]! : 0),
      0,
    );
    return order.indexOf(names[element]!);
  };
}

const listed = ({ scalable }: SkeletonLayer["tails"]) => scalable.length;

for (const { graph, network, options } of graphCases) {
  Deno.test(`the layers of a skeleton have all edges between listed units in: ${graph}`, () => {
    const { skeleton, report } = planGsgd(network.graph, options);
    const layers = skeletonLayers(skeleton);
    const tensors = skeleton.tensors.filter(({ kind }) => kind !== "bias");
    assertEquals(layers.map(({ name }) => name), tensors.map(({ weight }) => labelOf(weight)));
    layers.forEach((layer, i) => {
      const { tails, heads, edges } = layer;
      const all = pairsOf(tensors[i]!);
      const wanted = [...all].filter((pair) => {
        const [from, to] = pair.split(" ").map(Number);
        return from! < listed(tails) && to! < listed(heads);
      });
      const inside = edges.filter(({ from, to }) => from < listed(tails) && to < listed(heads));
      const found = inside.map(({ from, to }) => `${from} ${to}`);
      // two skeleton weights may connect the same units, at two positions of a kernel
      assertEquals([...new Set(found)].toSorted(), wanted.toSorted(), layer.name);
      const numberOf = (which: string) => edges.filter((edge) => edge.class === which).length;
      const parameter = report.parameters.find(({ name }) => name === layer.name)!;
      assertEquals([layer.free, layer.trained], [parameter.free, parameter.trained], layer.name);
      if (tails.count === listed(tails)) assertEquals(numberOf("free"), layer.free, layer.name);
      if (heads.count === listed(heads)) assertEquals(numberOf("trained"), layer.trained);
    });
  });
}

const chains: Readonly<Record<string, string>> = {
  "MLP 5-3-6-2-4-3 with biases": "5|3 3~6 6~2 2~4 4~3",
  "MLP 4-5-5-6-3 with sigmoid on the second hidden layer": "4|5 5~5 5|6 6~3",
  "ResNet without BN, cut": "4|5 5~4 4|5 5~4",
  "channels of several pixels, flattened: parallel edges": "3|5 5~4 4~3",
  "grouped and depthwise convolutions": "2|4 4~6 6~6 6~2",
  "softmax attention": "4|4 4~4",
  "GELU MLP": "",
};

Deno.test("layers whose tails are the heads before continue them", () => {
  for (const [name, chain] of Object.entries(chains)) {
    const { network, options } = graphCases.find(({ graph }) => graph === name)!;
    const found = skeletonLayers(planGsgd(network.graph, options).skeleton)
      .map(({ tails, heads, continues }) => `${tails.count}${continues ? "~" : "|"}${heads.count}`);
    assertEquals(found.join(" "), chain, name);
  }
});

Deno.test("of a large layer the first units are listed, with all their skeleton edges", () => {
  const { network, options } = graphCases.find(({ graph }) =>
    graph === "MLP 49-8-8-10 with biases"
  )!;
  const [first, , last] = skeletonLayers(planGsgd(network.graph, options).skeleton);
  assertEquals([first!.tails.count, listed(first!.tails), listed(first!.heads)], [49, 8, 8]);
  assertEquals(first!.tails.scalable.some(Boolean), false);
  assertEquals(first!.heads.scalable.every(Boolean), true);
  assertEquals(first!.edges.filter(({ class: kind }) => kind === "trained").length, 8);
  assertEquals(last!.edges.filter(({ class: kind }) => kind === "free").length, 8);
  assertEquals([listed(last!.tails), listed(last!.heads)], [8, 10]);
});
