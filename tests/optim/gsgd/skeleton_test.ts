import { assertEquals } from "@std/assert";
import { labelOf } from "../../../graph/mod.ts";
import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { grouped, imageNetwork } from "./convolution_graphs.ts";
import type { TrainingNetwork } from "./network.ts";

/** Positions of free or in-edge skeleton weights in one parameter. */
function positions(
  { graph }: TrainingNetwork,
  name: string,
  edge: "inEdge" | "outEdge",
): (readonly number[])[] {
  return planGsgd(graph).skeleton.nodes.map((node) => node[edge])
    .filter(({ weight }) => labelOf(weight) === name).map(({ position }) => position);
}

Deno.test("in a group the modulo rule counts channels from the group's first one", () => {
  const network = imageNetwork([2, 3], grouped); // [6, 2, 3, 3]: two groups of 2 → 3 channels
  assertEquals(positions(network, "c2.weight", "inEdge"), [
    [0, 0, 1, 1],
    [1, 1, 1, 1],
    [2, 0, 1, 1],
    [3, 0, 1, 1],
    [4, 1, 1, 1],
    [5, 0, 1, 1],
  ]);
  assertEquals(positions(network, "c2.weight", "outEdge"), [
    [0, 0, 1, 1],
    [1, 1, 1, 1],
    [3, 0, 1, 1],
    [4, 1, 1, 1],
  ]);
});

Deno.test("a depthwise convolution leads each channel into itself", () => {
  const network = imageNetwork([2, 3], grouped);
  const diagonal = [0, 1, 2, 3, 4, 5].map((channel) => [channel, 0, 1, 1]);
  assertEquals(positions(network, "c3.weight", "inEdge"), diagonal);
  assertEquals(positions(network, "c3.weight", "outEdge"), diagonal);
});

Deno.test("the skeleton element of a kernel of even size is (⌊kh/2⌋, ⌊kw/2⌋)", () => {
  const network = imageNetwork([1, 6], (x, net) => {
    const hidden = net.conv(x, 2, "c1", { kernel: 4 }).relu();
    return net.linear(hidden.flatten(1), 3, "fc"); // 3×3 pixels of 2 channels
  });
  assertEquals(positions(network, "c1.weight", "inEdge"), [[0, 0, 2, 2], [1, 0, 2, 2]]);
  assertEquals(positions(network, "fc.weight", "outEdge"), [[0, 4], [1, 13]]);
});
