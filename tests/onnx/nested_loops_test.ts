/** Export of a loop inside of a loop. */
import { assertEquals, assertLess } from "@std/assert";
import { grad, scan, type Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { interpret } from "../../graph/mod.ts";
import { decodeOnnxModel, exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { floats } from "./round_trip.ts";
import { runOnnxNamed } from "./runtime.ts";

const weight = tensor(floats([3, 3], 1), [3, 3]);

/** Functions of x [batch, 4, 3]: the outer loop goes over the samples or steps, the inner over the other. */
const nested: Readonly<Record<string, (x: Tensor) => Readonly<Record<string, Tensor>>>> = {
  "with values of both outer graphs, backward inside": (x) => {
    const scale = x.mean([0, 1]);
    const [last, [totals, all]] = scan(
      (state, rows: Tensor) => {
        const shift = state.mul(2);
        const [total, each] = scan(
          (sum, row: Tensor) => {
            const next = sum.matmul(weight).add(row.mul(scale)).add(shift).tanh();
            return [next, next.sum(0)];
          },
          state,
          rows.unsqueeze(1),
          { reverse: true },
        );
        return [total.mul(0.5), [total.sum(), each] as const];
      },
      x.sum([0, 1]).unsqueeze(0),
      x,
    );
    return { last, totals, all };
  },
  "whose inner length is that of the batch, and whose state is an integer": (x) => {
    const [count, sums] = scan(
      (count, rows: Tensor) => {
        const [next, parts] = scan(
          (
            state,
            row: Tensor,
          ) => [state.add(row.sum().greater(0).cast("i32")), row.mul(state.cast("f32"))],
          count,
          rows,
        );
        return [next, parts.sum(0)];
      },
      x.sum().mul(0).cast("i32"),
      x.permute([1, 0, 2]),
      { reverse: true },
    );
    return { count, sums };
  },
  "as its gradient": (x) => {
    const total = (x: Tensor) => {
      const [last] = scan(
        (state, rows: Tensor) => {
          const [inner] = scan(
            (sum, row: Tensor) => [sum.matmul(weight).add(row).tanh(), undefined],
            state,
            rows.unsqueeze(1),
          );
          return [inner, undefined];
        },
        x.sum([0, 1]).unsqueeze(0),
        x,
      );
      return last.square().sum();
    };
    return { slope: grad(total)(x)[0]! };
  },
};

for (const [name, forward] of Object.entries(nested)) {
  Deno.test(`a loop inside of a loop, ${name}, is the same in onnxruntime and imported`, async () => {
    const file = await exportOnnx({ forward }, { sampleShape: [4, 3] });
    const loops = decodeOnnxModel(file).nodes.filter(({ op }) => op === "Scan");
    const inner = loops.flatMap(({ attributes: { body } }) =>
      body?.kind === "graph" ? body.value.nodes.filter(({ op }) => op === "Scan") : []
    );
    assertEquals(inner.length > 0, true);
    using cpu = openCpu({ threads: 2 });
    for (const count of [1, 2, 7]) {
      const shape = [count, 4, 3];
      const data = floats(shape, count);
      using x = new Variable("x", { dtype: "f32", shape }, () => data);
      const found = await runOnnxNamed(file, { input: { shape, data } });
      using copy = importOnnx(file);
      const copies = copy.run({ input: x });
      const bindings = new Map([[x.node, data]]);
      const valuesOf = ({ node }: Tensor) => interpret([node], bindings).get(node)!;
      for (const [key, result] of Object.entries(forward(x))) {
        const own = valuesOf(result);
        assertEquals(found[key]!.dims, result.shape, key);
        const onCpu = await copies[key]!.data({ backend: cpu });
        for (const other of [valuesOf(copies[key]!), onCpu, found[key]!.data]) {
          const errors = Array.from(own, (value, i) => Math.abs(value - other[i]!));
          assertLess(Math.max(...errors), 1e-5, key);
        }
      }
    }
  });
}
