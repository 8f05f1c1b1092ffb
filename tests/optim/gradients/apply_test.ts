import { assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../../mod.ts";
import { cpuTest } from "../../cpu/_backend.ts";

const make = (name: string, values: readonly number[]) =>
  new gs.Parameter(name, { dtype: "f32", shape: [values.length] }, () => Float32Array.from(values));

cpuTest("a step with given gradients is the transform of these", async (backend) => {
  using w = make("w", [1, 2]);
  using b = make("b", [3]);
  using optimizer = new gs.Optimizer([w, b], gs.sgd({ learningRate: 0.5, momentum: 0.5 }));
  const inputs = { gw: gs.f32([2]), gb: gs.f32([1]) };
  using list = await gs.compile(inputs, ({ gw, gb }) => ({
    updates: optimizer.apply([gw, gb]),
  }), { backend });
  using map = await gs.compile(inputs, ({ gw, gb }) => ({
    updates: optimizer.apply(new Map([[b, gb], [w, gw]])),
  }), { backend });
  list.run({ gw: Float32Array.of(2, 4), gb: Float32Array.of(-2) });
  assertEquals([...await w.data(), ...await b.data()], [0, 0, 4]);
  map.run({ gw: Float32Array.of(0, 2), gb: Float32Array.of(0) });
  assertEquals([...await w.data(), ...await b.data()], [-0.5, -2, 4.5]); // the state is shared
  assertEquals(await optimizer.step.item(), 2);
});

Deno.test("minimize is apply of gradientsOf", () => {
  const [w, b] = [make("w", [1, 2]), make("b", [3])];
  const optimizer = new gs.Optimizer([w, b], gs.adam({ learningRate: 0.1 }));
  const printed = (updates: (loss: gs.Tensor) => gs.Updates) =>
    gs.print(gs.trace({}, () => ({ updates: updates(w.sum().mul(b.sum())) })).graph);
  assertEquals(
    printed((loss) => optimizer.apply(gs.gradientsOf(loss, [w, b]))),
    printed((loss) => optimizer.minimize(loss)),
  );
});

cpuTest("gradients of parameters can be differentiated again", async (backend) => {
  using w = make("w", [1, -2, 3]);
  const loss = w.mul(w).mul(w).sum(); // gradient 3w², whose sum has the gradient 6w
  const [first] = gs.gradientsOf(loss, [w]);
  const [second] = gs.gradientsOf(first!.sum(), [w]);
  assertEquals([...await second!.data({ backend })], [6, -12, 18]);
});

Deno.test("gradients that do not fit the parameters are refused by name", () => {
  const [w, b, other] = [make("w", [1, 2]), make("b", [3]), make("other", [1])];
  const transform = gs.parameterGroups([
    { parameters: [other], transform: "frozen" },
    { parameters: "rest", transform: gs.sgd({ learningRate: 0.1 }) },
  ]);
  const optimizer = new gs.Optimizer([w, b, other], transform);
  // deno-lint-ignore no-explicit-any
  const apply = (gradients: any) => optimizer.apply(gradients);
  const [gw, gb] = [gs.zeros([2]), gs.zeros([1])];
  assertThrows(() => apply([gw]), gs.GraphError, "current numbers are 1 and 2");
  assertThrows(() => apply([gw, gb, gb]), gs.GraphError, "current numbers are 3 and 2");
  assertThrows(
    () => apply(new Map([[w, gw], [other, gb]])),
    gs.GraphError,
    "missing: b; not trained by it: other (frozen)",
  );
  assertThrows(
    () => apply(new Map([[w, gw], [b, gb], [undefined, gb]])),
    gs.GraphError,
    "no other",
  );
  assertThrows(() => apply([gb, gb]), gs.ShapeError, 'of "w": it must be f32[2]');
  assertThrows(() => apply([gw.cast("i32"), gb]), gs.ShapeError, "current is i32[2]");
  assertThrows(() => apply([gw, undefined]), TypeError, 'of "b": it must be a Tensor');
  assertThrows(() => apply([1, 2]), TypeError, "current is 1");
  assertThrows(() => apply(undefined), TypeError, "a list in the order of optimizer.parameters");
  assertThrows(() => apply({ w: gw, b: gb }), TypeError, "current is an Object");
});
