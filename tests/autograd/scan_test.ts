import { assert, assertEquals, assertThrows } from "@std/assert";
import * as gs from "../../mod.ts";
import { scan, Tensor, tensor } from "../../mod.ts";
import {
  DTypeError,
  input,
  interpret,
  type Limits,
  lower,
  ShapeError,
  temporaryBytes,
  topological,
} from "../../graph/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { assertAllClose } from "../support/close.ts";
import { PlanBackend } from "../support/plan_backend.ts";

const limits: Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 30,
  longRow: 16384,
  parallelRows: 8,
};

const placeholder = (name: string, shape: readonly number[]) =>
  new Tensor(input(name, { dtype: "f32", shape }));

/** The gradient of a recurrence of `steps` steps with respect to its weights. */
function recurrence(steps: number, batch = 4, size = 8) {
  const [x, u, b] = [
    placeholder("x", [steps, batch, size]),
    placeholder("u", [size, size]),
    placeholder("b", [size]),
  ];
  const [, states] = scan(
    (h, x) => {
      const next = h.matmul(u).add(x).add(b).tanh();
      return [next, next];
    },
    gs.zeros([batch, size]),
    x,
  );
  const loss = states.square().sum();
  return lower(
    {
      outputs: gs.gradientsOf(loss, [u, b]).map(({ node }) => node),
      updates: new Map(),
    },
    limits,
    "recurrence",
  ).plan;
}

Deno.test("a scan of any length is the same program", () => {
  const [short, long] = [recurrence(100), recurrence(400)];
  assertEquals(long.dispatches.length, short.dispatches.length);
  assertEquals(long.loops!.map(({ turns }) => turns), [400, 400]);
  const labels = (plan: typeof short) =>
    plan.dispatches.map(({ kernels }) => kernels.map(({ label }) => label));
  assertEquals(labels(long), labels(short));
});

Deno.test("a scan keeps for its gradient what that needs, and nothing else of the steps", () => {
  const [batch, size] = [4, 8];
  const perStep = (temporaryBytes(recurrence(300)) - temporaryBytes(recurrence(100))) / 200;
  // the state before the step, its tanh, the cotangent of the state's sum, that of the output
  assertEquals(perStep, 4 * 4 * batch * size);
});

Deno.test("what no used part of a scan depends on is not computed", () => {
  const x = placeholder("x", [5, 3]);
  const [{ sum }, { doubled }] = scan(
    ({ sum, other }, x) => [
      { sum: sum.add(x), other: other.exp() },
      { doubled: x.mul(2), waste: other.sin() },
    ],
    { sum: gs.zeros([3]), other: gs.ones([3]) },
    x,
  );
  const graph = { outputs: [sum.node, doubled.node], updates: new Map() };
  const { plan } = lower(graph, limits, "parts");
  const labels = plan.dispatches.flatMap(({ kernels }) => kernels.map(({ label }) => label));
  assertEquals(labels.filter((label) => /exp|sin/.test(label)), []);
  const both = lower({ outputs: [sum.node], updates: new Map() }, limits, "one").plan;
  assert(both.dispatches.length <= plan.dispatches.length);
});

Deno.test("what does not change in a scan is computed once, and read through its views", () => {
  const [x, w] = [placeholder("x", [6, 2, 3]), placeholder("w", [3, 3])];
  const turned = w.exp().transpose();
  const [, y] = scan((h, x) => [h, x.matmul(turned).add(h)], gs.zeros([2, 3]), x);
  const { plan } = lower({ outputs: [y.node], updates: new Map() }, limits, "captures");
  const labels = plan.dispatches.map(({ kernels }) => kernels.map(({ label }) => label).join());
  const { from } = plan.loops![0]!;
  assertEquals(labels.filter((label) => label.includes("permute")), []);
  assert(labels.findIndex((label) => label.includes("exp")) < from);
  const slopes = gs.gradientsOf(y.sum(), [turned, w]).map(({ node }) => node);
  const values = interpret(
    slopes,
    new Map([x, w].map(({ node, shape }) => [
      node,
      new Float64Array(shape.reduce((a, b) => a * b)).fill(2),
    ])),
  );
  const [ofView, ofWeight] = slopes.map((node) => [...values.get(node)!]);
  assertEquals(ofView, new Array(9).fill(6 * 2 * 2), "a view may be differentiated");
  assertEquals(ofWeight, ofView!.map((slope) => slope * Math.exp(2)));
});

Deno.test("a variable may be the state of a scan before and after it", async () => {
  const state = () => new gs.Variable("state", gs.f32([2]), () => Float32Array.of(1, 2));
  const run = async (backend: gs.Backend) => {
    using variable = state();
    using step = await gs.compile({ x: gs.f32([3, 2]) }, ({ x }) => {
      const [last, seen] = scan((s, x) => [s.mul(x).add(variable), s], variable, x);
      return { outputs: { seen }, updates: new Map([[variable, last]]) };
    }, { backend });
    step.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    step.run();
    const { seen } = await step.read();
    return [...seen, ...(await variable.data({ backend }))];
  };
  const expected: number[] = [];
  let s = [1, 2];
  for (let turn = 0; turn < 2; turn++) {
    const constant = s;
    expected.length = 0;
    for (const x of [[1, 2], [3, 4], [5, 6]]) {
      expected.push(...s);
      s = s.map((value, i) => value * x[i]! + constant[i]!);
    }
  }
  using plan = new PlanBackend();
  using cpu = await openCpu({ threads: 2 });
  using checked = await openCpu({ checked: true });
  for (const backend of [plan, cpu, checked]) {
    assertEquals(await run(backend), [...expected, ...s], backend.description);
  }
});

Deno.test("threads share the steps of a scan and compute the same bits", async () => {
  const [steps, batch, size] = [17, 32, 64];
  const step = (backend: gs.Backend) =>
    gs.compile({ x: gs.f32([steps, batch, size]), u: gs.f32([size, size]) }, ({ x, u }) => {
      const [last, y] = scan(
        (h, x) => {
          const next = h.matmul(u).add(x).tanh();
          return [next, next];
        },
        gs.zeros([batch, size]),
        x,
        { reverse: true },
      );
      const loss = y.square().sum().add(last.sum());
      const [dx, du] = gs.gradientsOf(loss, [x, u]);
      return { outputs: { loss, dx: dx!, du: du! } };
    }, { backend });
  const data = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i) / 8);
  const results: number[][] = [];
  for (const threads of [1, 2, 4]) {
    using cpu = await openCpu({ threads });
    using compiled = await step(cpu);
    for (let i = 0; i < 3; i++) {
      compiled.run({ x: data(steps * batch * size), u: data(size * size) });
    }
    results.push(Object.values(await compiled.read()).flatMap((part) => [...part]));
  }
  assertEquals(results[1], results[0]);
  assertEquals(results[2], results[0]);
});

Deno.test("arrays and objects of tensors keep their form through a scan", () => {
  const [[a, { b }], outputs] = scan(
    ([a, { b }], { x }) => [[b, { b: a.add(x) }] as const, [a, { product: a.mul(b) }] as const],
    [tensor(1), { b: tensor(2) }] as const,
    { x: tensor([1, 2, 3]) },
  );
  const [seen, { product }] = outputs;
  const values = interpret([a.node, b.node, seen.node, product.node]);
  const list = (x: Tensor) => [...values.get(x.node)!];
  assertEquals([list(a), list(b)], [[4], [5]]);
  assertEquals(list(seen), [1, 2, 2]);
  assertEquals(list(product), [2, 4, 8]);
});

Deno.test("a scan without stacked inputs needs its length", () => {
  const doubled = (length?: number) =>
    scan((x, _none) => [x.mul(2), x], tensor(1), undefined, length === undefined ? {} : { length });
  const [last, powers] = doubled(4);
  const values = interpret([last.node, powers.node]);
  assertEquals([...values.get(powers.node)!], [1, 2, 4, 8]);
  assertEquals([...values.get(last.node)!], [16]);
  assertThrows(() => doubled(), ShapeError, "the length is required");
  assertThrows(() => doubled(-1), RangeError, "length");
});

Deno.test("scan() refuses what cannot be a loop, by name", () => {
  const x = gs.zeros([3, 2]);
  const same = (h: Tensor, x: Tensor): [Tensor, Tensor] => [h, x];
  assertThrows(() => scan(same, gs.zeros([2]), x, { length: 4 }), ShapeError, "the length 4");
  assertThrows(() => scan((h, x) => [h.add(x).sum(), x], gs.zeros([2]), x), ShapeError, "f32[2]");
  const bytes = tensor(Uint8Array.of(1, 2, 3), [3]);
  assertThrows(() => scan(same, gs.zeros([]), bytes), DTypeError, "u8");
  // deno-lint-ignore no-explicit-any
  const untyped = scan as any;
  assertThrows(() => untyped((h: Tensor) => h, x, x), TypeError, "[carry, output]");
  assertThrows(() => untyped((h: Tensor) => [[h], h], x, x), TypeError, "expected tensor");
  assertThrows(() => untyped((h: Tensor) => [h, 3], x, x), TypeError, "expected tensors");
  assertThrows(() => untyped(same, x, 3), TypeError, "expected tensors");
});

Deno.test("a scan inside of a scan is a loop of the plan's loop", () => {
  const [, outer] = scan(
    (h, x) => {
      const [total] = scan((s, y) => [s.add(y), s], h, x);
      return [total, total];
    },
    tensor(0),
    gs.ones([3, 4]),
  );
  assertEquals([...interpret([outer.node]).get(outer.node)!], [4, 8, 12]);
  const { plan } = lower({ outputs: [outer.node], updates: new Map() }, limits, "nested");
  const [loop, ...others] = plan.loops!;
  assertEquals([loop!.turns, loop!.loops!.map(({ turns }) => turns), others], [3, [4], []]);
});

Deno.test("the gradient of a scan inside of a scan is that of the steps written out", () => {
  const [x, u] = [placeholder("x", [3, 2, 2]), placeholder("u", [2, 2])];
  const step = (h: Tensor, row: Tensor) => h.matmul(u).add(row).tanh();
  const looped = (recompute: boolean) => {
    const [last, all] = scan(
      (h, rows) => {
        const [inner, each] = scan(
          (g, row: Tensor) => [step(g, row.unsqueeze(0)), g.square().sum()],
          h,
          rows,
          { recompute },
        );
        return [inner, each];
      },
      gs.zeros([1, 2]),
      x,
      { recompute },
    );
    return last.sum().add(all.sum());
  };
  let [h, squares] = [gs.zeros([1, 2]), tensor(0)];
  for (let i = 0; i < 6; i++) {
    squares = squares.add(h.square().sum());
    h = step(h, x.reshape([6, 2]).narrow(0, i, 1));
  }
  const slopesOf = (loss: Tensor) => {
    const slopes = gs.gradientsOf(loss, [x, u]).map(({ node }) => node);
    const elements = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i + 1));
    const values = interpret(slopes, new Map([[x.node, elements(12)], [u.node, elements(4)]]));
    return slopes.flatMap((slope) => [...values.get(slope)!]);
  };
  const expected = slopesOf(h.sum().add(squares));
  for (const recompute of [false, true]) {
    const tolerance = { absolute: 1e-12, relative: 1e-12 };
    assertAllClose(slopesOf(looped(recompute)), expected, tolerance, `recompute: ${recompute}`);
  }
});

/** Three blocks of three layers, and the gradients of their weights. */
function deepNetwork(wrap: (block: (x: Tensor) => Tensor) => (x: Tensor) => Tensor) {
  const [batch, size] = [64, 16];
  const weights = Array.from({ length: 12 }, (_, i) => placeholder(`w${i}`, [size, size]));
  let x = placeholder("x", [batch, size]);
  for (let block = 0; block < 4; block++) {
    const own = weights.slice(3 * block, 3 * block + 3);
    x = wrap((x) => own.reduce((y, w) => y.matmul(w).tanh(), x))(x);
  }
  const gradients = gs.gradientsOf(x.square().sum(), weights);
  return { outputs: gradients.map(({ node }) => node), updates: new Map() };
}

Deno.test("checkpoint() computes the same gradients in less memory", async () => {
  const [plain, checked] = [deepNetwork((block) => block), deepNetwork(gs.checkpoint)];
  const bytes = [plain, checked].map((graph) => temporaryBytes(lower(graph, limits, "net").plan));
  assert(bytes[1]! < 0.75 * bytes[0]!, `${bytes}`);
  const run = async (graph: typeof plain, backend: gs.Backend) => {
    const data = (count: number, name: string) =>
      Float32Array.from(
        { length: count },
        (_, i) => Math.sin(i * (1 + name.length) + name.charCodeAt(1)),
      );
    const nodes = topological(graph.outputs).filter(({ op }) => op === input.op);
    const types = Object.fromEntries(
      nodes.map(({ attrs, type }) => [(attrs as { name: string }).name, type]),
    );
    const names = graph.outputs.map((_, i) => `${i}`);
    using step = await gs.compile({ graph, inputs: types, outputs: names }, { backend });
    step.run(
      Object.fromEntries(
        Object.entries(types).map(([name, { shape }]) => [
          name,
          data(shape.reduce((a, b) => a * b, 1), name),
        ]),
      ),
    );
    return Object.values(await step.read()).flatMap((part) => [...part]);
  };
  using backend = await openCpu({ threads: 1, checked: true });
  const [expected, found] = [await run(plain, backend), await run(checked, backend)];
  assertAllClose(found, expected, { relative: 1e-5, absolute: 1e-5 }, "gradients");
});

Deno.test("a checkpoint takes several tensors, returns any structure, and has second derivatives", () => {
  const [x, y] = [tensor([1, 2]), tensor([3, 4])];
  const block = gs.checkpoint((x: Tensor, y: Tensor) => ({
    product: x.mul(y).mul(x),
    both: [x.add(y)],
  }));
  const { product, both } = block(x, y);
  const [dx] = gs.gradientsOf(product.sum().add(both[0]!.sum()), [x]);
  const [dxx] = gs.gradientsOf(dx!.sum(), [x]);
  const values = interpret([product.node, both[0]!.node, dx!.node, dxx!.node]);
  const list = (x: Tensor) => [...values.get(x.node)!];
  assertEquals([list(product), list(both[0]!)], [[3, 16], [4, 6]]);
  assertEquals([list(dx!), list(dxx!)], [[7, 17], [6, 8]]);
});

Deno.test("a scan that recomputes keeps its state alone", () => {
  const plan = (steps: number, recompute: boolean) => {
    const [x, u] = [placeholder("x", [steps, 4, 8]), placeholder("u", [8, 8])];
    const [last] = scan(
      (h, x) => [h.matmul(u).add(x).tanh().matmul(u).tanh(), x],
      gs.zeros([4, 8]),
      x,
      { recompute },
    );
    const outputs = gs.gradientsOf(last.sum(), [x]).map(({ node }) => node);
    return lower({ outputs, updates: new Map() }, limits, "recompute").plan;
  };
  const perStep = (recompute: boolean) =>
    (temporaryBytes(plan(300, recompute)) - temporaryBytes(plan(100, recompute))) / 200;
  assertEquals([perStep(true), perStep(false)], [4 * 4 * 8, 2 * 4 * 4 * 8]);
});

Deno.test("vmap of the gradient of a scan gives the gradient of each example", () => {
  const [examples, steps, size] = [3, 4, 2];
  const u = tensor([[0.5, -0.2], [0.3, 0.8]]);
  const data = Float32Array.from({ length: examples * steps * size }, (_, i) => Math.cos(i));
  const slope = (x: Tensor) => {
    const [last] = scan(
      (h, x) => {
        const next = h.matmul(u).add(x.reshape([1, size])).tanh();
        return [next, next];
      },
      gs.zeros([1, size]),
      x,
    );
    return gs.gradientsOf(last.square().sum(), [u])[0]!;
  };
  const all = tensor(data, [examples, steps, size]);
  const each = Array.from({ length: examples }, (_, i) => slope(all.narrow(0, i, 1).squeeze(0)));
  const batched = gs.vmap(slope)(all);
  const values = interpret([batched.node, ...each.map(({ node }) => node)]);
  const expected = each.flatMap(({ node }) => [...values.get(node)!]);
  const tight = { relative: 1e-9, absolute: 1e-12 };
  assertAllClose(values.get(batched.node)!, expected, tight, "gradients");
  assertEquals(topological([batched.node]).filter(({ op }) => op.name === "scan").length, 2);
});
