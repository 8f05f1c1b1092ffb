import { assertEquals } from "@std/assert";
import * as gs from "../../autograd/mod.ts";
import type { Tensor } from "../../autograd/mod.ts";
import { interpret } from "../../graph/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { goldenFile, type GoldenTensor } from "./golden.ts";

interface NumpyCase {
  readonly name: string;
  readonly inputs: readonly GoldenTensor[];
  readonly output: GoldenTensor;
}

const functions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  "cumsum": (x) => x.cumsum(1),
  "cumprod": (x) => x.cumprod(0),
  "sort": (x) => x.sort(1).values,
  "takeAlongAxis": (x) => x.takeAlongAxis(gs.tensor([[0, 3], [2, 2], [1, 0]], [3, 2], "i32"), 1),
  "argsort": (x) => x.argsort(1),
  "var": (x) => x.var(1),
  "std": (x) => x.std(),
  "norm": (x) => x.norm(),
  "norm of order 3": (x) => x.norm(3),
  "roll": (x) => x.roll([1, -2], [0, 1]),
  "roll without axes": (x) => x.roll(5),
  "flip": (x) => x.flip(1),
  "tile": (x) => x.tile(2, 1, 2),
  "repeatInterleave": (x) => x.repeatInterleave(3, 1),
  "tril": (x) => x.tril(-1),
  "triu": (x) => x.triu(1),
  "diag of a vector": (x) => x.diag(-1),
  "diag of a matrix": (x) => x.diag(1),
  "tri": () => gs.tri(3, 5, 1),
  "eye": () => gs.eye(3, 5, -1),
  "linspace": () => gs.linspace(-1, 2, 7),
  "arange": () => gs.arange(7, -2, -2),
  "outer": (x, y) => x.outer(y),
  "matmul of a vector": (x, y) => x.matmul(y),
  "einsum": (x, y) => gs.einsum("ij,jk->ki", x, y),
  "einsum with batches": (x, y) => gs.einsum("...ij,jik->...k", x, y),
  "tensordot": (x, y) => gs.tensordot(x, y, [[2, 1], [0, 1]]),
  "log1p": (x) => x.log1p(),
  "expm1": (x) => x.expm1(),
  "arctan2": (points) => {
    const [y, x] = points.split(1, 1).map((column) => column.squeeze(1));
    return y!.atan2(x!);
  },
  "round": (x) => x.round(),
  "meshgrid": (x, y) => gs.stack(gs.meshgrid([x, y])),
};

const { cases } = goldenFile<{ cases: readonly NumpyCase[] }>("numpy_functions.json");

for (const { name, inputs, output } of cases) {
  Deno.test(`${name} is what NumPy computes`, () => {
    const tensors = inputs.map(({ shape, data }) => gs.tensor([...data], shape));
    const [x, y = x] = tensors;
    const result = functions[name]!(x!, y!);
    assertEquals(result.shape, output.shape);
    // the inputs are rounded to f32
    const tolerance = { relative: 1e-6, absolute: 1e-6 };
    assertAllClose(interpret([result.node]).get(result.node)!, output.data, tolerance, name);
  });
}

Deno.test("every function of the golden file of NumPy is tested", () => {
  assertEquals(cases.map(({ name }) => name).toSorted(), Object.keys(functions).toSorted());
});
