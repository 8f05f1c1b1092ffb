import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../../autograd/mod.ts";
import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { sgd } from "../../../optim/mod.ts";
import { distanceFromEnumerated, enumeratedRate } from "./checks.ts";
import { imageNetwork } from "./convolution_graphs.ts";
import { EnumeratedNetwork, integerInverse, rankModuloPrime } from "./enumerated_paths.ts";
import type { NetworkBuilder, TrainingNetwork } from "./network.ts";

/** Convolutions with square kernels, flattened for a linear layer. */
interface Convolutions {
  readonly widths: readonly number[];
  readonly kernels: readonly number[];
  readonly image: number;
  readonly bias: boolean;
}

const cases: readonly Convolutions[] = [
  { widths: [1, 2, 3, 2], kernels: [2, 2], image: 4, bias: false },
  { widths: [2, 2, 2, 3], kernels: [1, 3], image: 4, bias: true },
  { widths: [1, 3, 2], kernels: [3], image: 5, bias: true },
  { widths: [1, 2, 1, 3, 2], kernels: [1, 2, 1], image: 3, bias: true },
];
const nameOf = ({ widths, kernels }: Convolutions) =>
  `${widths.join("-")} with kernels ${kernels.join(", ")}`;

/** Number of pixels that are left for the linear layer. */
function pixels({ image, kernels }: Convolutions): number {
  return kernels.reduce((size, kernel) => size - kernel + 1, image) ** 2;
}

function networkOf(item: Convolutions): TrainingNetwork {
  const { widths, kernels, image, bias } = item;
  const write = (x: Tensor, net: NetworkBuilder) => {
    const last = kernels.length + 1;
    const features = kernels.reduce(
      (value, kernel, i) => net.conv(value, widths[i + 1]!, `W${i + 1}`, { kernel, bias }).relu(),
      x,
    );
    return net.linear(features.flatten(1), widths[last]!, `W${last}`, { bias });
  };
  const transform = sgd({ learningRate: enumeratedRate });
  return imageNetwork([widths[0]!, image], write, { transform, seed: 4 });
}

/** Kernels have their skeleton weight in the centre, flattened channels in the middle pixel. */
function enumerated(item: Convolutions): EnumeratedNetwork {
  const hw = pixels(item);
  return new EnumeratedNetwork(item.widths, item.bias, [
    ...item.kernels.map((kernel) => {
      const centre = Math.floor(kernel / 2);
      return { count: kernel * kernel, skeleton: centre * kernel + centre };
    }),
    { count: hw, skeleton: Math.floor(hw / 2) },
  ]);
}

Deno.test("with parallel edges there are m − H independent basis paths, exactly", () => {
  for (const item of cases) {
    const net = enumerated(item);
    const rank = rankModuloPrime(net.structure(net.paths));
    assertEquals(rank, net.edges.length - net.units, nameOf(item));
    assertEquals(net.basis.length, rank, nameOf(item));
    integerInverse(net.coordinateMatrix()); // throws unless the determinant is ±1
  }
});

Deno.test("convolutions have the skeleton that is enumerated", () => {
  for (const item of cases) {
    const net = enumerated(item);
    const { report } = planGsgd(networkOf(item).graph);
    assertEquals(report.edges, net.edges.length);
    assertEquals(report.nodes, net.free.length);
    assertEquals(report.trained, net.trained.length);
  }
});

for (const unitSkeleton of [true, false]) {
  const what = unitSkeleton ? "skeleton weights of 1" : "skeleton weights of both signs";
  Deno.test(`through convolutions a step is what Eq. 3 and Eq. 6 say, with ${what}`, () => {
    for (const item of cases) {
      const { apart, residual } = distanceFromEnumerated(networkOf(item), enumerated(item), {
        unitSkeleton,
      });
      assert(residual < 1e-11, `${nameOf(item)}: Eq. 3 is inconsistent by ${residual}`);
      assert(apart < 1e-10, `${nameOf(item)}: ${apart}`);
    }
  });
}
