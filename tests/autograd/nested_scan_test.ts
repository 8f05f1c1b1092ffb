/** Loops in loops. `tests/cases/scans.ts` has their values and gradients on all backends. */
import { assert, assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { scan, Tensor } from "../../mod.ts";
import {
  input,
  interpret,
  type Limits,
  lower,
  type PlanLoop,
  temporaryBytes,
} from "../../graph/mod.ts";
import { openCpu, type OpenCpuOptions } from "../../cpu/mod.ts";
import { untilReady } from "../cpu/_threads.ts";
import { assertAllClose } from "../support/close.ts";
import { PlanBackend } from "../support/plan_backend.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** A function of tensors by name, and the shapes of its arguments. */
interface Program {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly outputs: (given: Tensors) => Tensors;
}

/** A recurrence over the rows of each slice of x, and the gradients of sums of it. */
function recurrence(
  { outer, inner, batch = 2, size = 3, recompute = false }: {
    readonly outer: number;
    readonly inner: number;
    readonly batch?: number;
    readonly size?: number;
    readonly recompute?: boolean;
  },
): Program {
  return {
    shapes: { x: [outer, inner, batch, size], u: [size, size] },
    outputs: ({ x, u }) => {
      const [last, [sums, states]] = scan(
        (h, rows: Tensor) => {
          const shift = h.matmul(u!);
          const [next, states] = scan(
            (s, row: Tensor) => {
              const next = s.matmul(u!).add(row).add(shift).tanh();
              return [next, next];
            },
            h.mul(0.5),
            rows,
            { recompute },
          );
          return [next, [states.mul(rows).sum(), states] as const];
        },
        gs.ones([batch, size]),
        x!,
        { reverse: true, recompute },
      );
      const loss = last.sum().add(sums.square().sum());
      const [dx, du] = gs.gradientsOf(loss, [x!, u!]);
      return { states, dx: dx!, du: du! };
    },
  };
}

/** The arguments of a program, and some elements for them. */
function argumentsOf({ shapes }: Program): { readonly given: Tensors; readonly data: Data } {
  const entries = Object.entries(shapes);
  return {
    given: Object.fromEntries(
      entries.map(([name, shape]) => [name, new Tensor(input(name, { dtype: "f32", shape }))]),
    ),
    data: Object.fromEntries(entries.map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + name.length) / 4)];
    })),
  };
}

type Data = Readonly<Record<string, Float32Array>>;

const limits: Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 30,
  longRow: 16384,
  parallelRows: 8,
};

function planOf(program: Program) {
  const outputs = Object.values(program.outputs(argumentsOf(program).given));
  return lower({ outputs: outputs.map(({ node }) => node), updates: new Map() }, limits, "nested")
    .plan;
}

/** The results of the second run. */
async function run(program: Program, backend: gs.Backend): Promise<Data> {
  const { data } = argumentsOf(program);
  const types = Object.fromEntries(
    Object.entries(program.shapes).map(([name, shape]) => [name, gs.f32(shape)]),
  );
  using step = await gs.compile(types, (given) => ({ outputs: program.outputs(given) }), {
    backend,
  });
  step.run(data);
  step.run(data);
  return await step.read() as Data;
}

/** What the interpreter finds. */
function expected(program: Program): Readonly<Record<string, ArrayLike<number>>> {
  const { given, data } = argumentsOf(program);
  const outputs = Object.entries(program.outputs(given));
  const values = interpret(
    outputs.map(([, { node }]) => node),
    new Map(Object.entries(given).map(([name, { node }]) => [node, data[name]!])),
  );
  return Object.fromEntries(outputs.map(([name, { node }]) => [name, values.get(node)!]));
}

Deno.test("loops in loops are compiled once, whatever their lengths", () => {
  const [short, long] = [[20, 30], [40, 70]].map(([outer, inner]) =>
    planOf(recurrence({ outer: outer!, inner: inner! }))
  );
  const labels = ({ dispatches }: gs.Plan) =>
    dispatches.map(({ kernels }) => kernels.map(({ label }) => label));
  assertEquals(labels(long!), labels(short!));
  const turns = ({ loops = [] }: { readonly loops?: readonly PlanLoop[] }): unknown[] =>
    loops.map((loop) => [loop.turns, ...turns(loop)]);
  // The gradient runs the inner loop again, before it goes through it in the other direction.
  assertEquals(turns(long!), [[40, [70]], [40, [70], [70]]]);
});

Deno.test("the gradient keeps the steps of an inner loop for one step of the outer at a time", () => {
  const bytes = (outer: number, inner: number) => {
    const { shapes, outputs } = recurrence({ outer, inner });
    const gradients = ({ dx, du }: Tensors): Tensors => ({ dx: dx!, du: du! });
    return temporaryBytes(planOf({ shapes, outputs: (given) => gradients(outputs(given)) }));
  };
  const product = bytes(20, 30) - bytes(20, 10) - bytes(10, 30) + bytes(10, 10);
  assertEquals(product, 0);
  // The state, its product, the cotangent of the product, and that of the sum.
  assertEquals((bytes(20, 10) - bytes(10, 10)) / 10, 4 * (3 * 2 * 3 + 1));
});

const others: Readonly<Record<string, Program>> = {
  "with other lengths": recurrence({ outer: 3, inner: 4 }),
  "of one step each": recurrence({ outer: 1, inner: 1 }),
  "whose inner one has no steps": recurrence({ outer: 2, inner: 0 }),
  "whose outer one has no steps": recurrence({ outer: 0, inner: 2 }),
  "that compute again": recurrence({ outer: 3, inner: 4, recompute: true }),
  "as a second derivative": {
    shapes: { x: [2, 3, 2], c: [2] },
    outputs: ({ x, c }) => {
      const [last] = scan(
        (h, rows: Tensor) => {
          const [next] = scan((s, row: Tensor) => [s.mul(c!).add(row).tanh(), s], h, rows);
          return [next.add(h), next];
        },
        gs.ones([2]),
        x!,
      );
      const [dx, dc] = gs.gradientsOf(last.square().sum(), [x!, c!]);
      const [ddx, ddc] = gs.gradientsOf(dx!.square().sum().add(dc!.sum()), [x!, c!]);
      return { ddx: ddx!, ddc: ddc! };
    },
  },
  "over a batch of examples, and their gradients": {
    shapes: { x: [5, 2, 3, 2], u: [2, 2] },
    outputs: ({ x, u }) => {
      const total = (x: Tensor) => {
        const [last, all] = scan(
          (h, rows: Tensor) => {
            const [next, seen] = scan(
              (s, row: Tensor) => [s.matmul(u!).add(row.unsqueeze(0)).tanh(), s],
              h,
              rows,
            );
            return [next.mul(h), seen];
          },
          gs.ones([1, 2]),
          x,
        );
        return last.sum().add(all.square().sum());
      };
      const slope = gs.vmap((x: Tensor) => gs.gradientsOf(total(x), [u!])[0]!);
      return { totals: gs.vmap(total)(x!), slopes: slope(x!) };
    },
  },
  "in checkpoints, in checkpoints": {
    shapes: { x: [4, 2, 3], u: [3, 3] },
    outputs: ({ x, u }) => {
      const states = (x: Tensor) => {
        const step = (h: Tensor, row: Tensor) => h.matmul(u!).add(row).tanh();
        const body = gs.checkpoint((h: Tensor, row: Tensor) => step(step(h, row), row));
        return scan((h, row: Tensor) => [body(h, row), h], gs.zeros([2, 3]), x)[1];
      };
      const block = gs.checkpoint((x: Tensor) => states(x).mul(x));
      const y = gs.checkpoint((x: Tensor) => block(block(x)).add(x))(x!);
      const [dx, du] = gs.gradientsOf(y.square().sum(), [x!, u!]);
      return { y, dx: dx!, du: du! };
    },
  },
};

for (const [name, program] of Object.entries(others)) {
  Deno.test(`loops in loops ${name} compute what the interpreter does`, async () => {
    using plan = new PlanBackend();
    using cpu = openCpu({ threads: 2, native: "off" });
    using native = openCpu({ threads: 1 });
    using checked = openCpu({ threads: 2, checked: true });
    const wanted = expected(program);
    for (const backend of [plan, cpu, native, checked]) {
      const found = await run(program, backend);
      const tolerance = { relative: 1e-4, absolute: 2e-5 };
      for (const [key, values] of Object.entries(wanted)) {
        assertAllClose(found[key]!, values, tolerance, `${backend.description}: ${key}`);
      }
    }
  });
}

Deno.test("threads share the steps of a loop in a loop and compute the same bits", async () => {
  const program = recurrence({ outer: 3, inner: 5, batch: 32, size: 64 });
  const results: Data[] = [];
  const options: OpenCpuOptions[] = [1, 2, 4].flatMap((threads) => [
    { threads },
    { threads, native: "off" },
  ]);
  for (const each of options) {
    using cpu = openCpu(each);
    await run(program, cpu); // starts the threads
    await untilReady(cpu, each.threads!);
    results.push(await run(program, cpu));
  }
  results.forEach((result, i) => assertEquals(result, results[i % 2], `${options[i]!.threads}`));
});

Deno.test("loops take the same memory on the CPU, however many steps they have", async () => {
  const bytes: number[] = [];
  for (const length of [10, 100_000]) {
    using cpu = openCpu({ threads: 2 });
    using step = await gs.compile({ x: gs.f32([3]) }, ({ x }) => {
      const [last] = scan(
        (h, _: undefined) => {
          const [next] = scan((s, _: undefined) => [s.mul(0.5).add(x), undefined], h, undefined, {
            length: 3,
          });
          return [next, undefined];
        },
        x,
        undefined,
        { length },
      );
      return { outputs: { last } };
    }, { backend: cpu });
    step.run({ x: Float32Array.of(1, 2, 3) });
    const { last } = await step.read();
    assertAllClose(last, [2, 4, 6], { relative: 1e-6, absolute: 0 }, "the fixed point");
    bytes.push(cpu.memory().liveBytes);
  }
  assertEquals(bytes[1], bytes[0]);
});

Deno.test("a variable may be the state of a loop in a loop before and after it", async () => {
  using cpu = openCpu({ threads: 2 });
  using plan = new PlanBackend();
  for (const backend of [plan, cpu]) {
    using state = new gs.Variable("state", gs.f32([2]), () => Float32Array.of(1, 2));
    using step = await gs.compile({ x: gs.f32([2, 3, 2]) }, ({ x }) => {
      const [last, seen] = scan(
        (h, rows: Tensor) => {
          const [next] = scan((s, row: Tensor) => [s.mul(row).add(state).add(h), s], h, rows);
          return [next, next];
        },
        state,
        x,
      );
      return { outputs: { seen }, updates: new Map([[state, last]]) };
    }, { backend });
    const x = Float32Array.from({ length: 12 }, (_, i) => (i % 5 - 2) / 2);
    step.run({ x });
    step.run();
    let before = [1, 2];
    const wanted: number[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const constant = before;
      wanted.length = 0;
      let h = before;
      for (let t = 0; t < 2; t++) {
        const start = h;
        for (let i = 0; i < 3; i++) {
          h = h.map((value, k) => value * x[6 * t + 2 * i + k]! + constant[k]! + start[k]!);
        }
        wanted.push(...h);
      }
      before = h;
    }
    const found = [...(await step.read()).seen, ...await state.data({ backend })];
    assertAllClose(found, [...wanted, ...before], { relative: 1e-6, absolute: 1e-6 }, "states");
  }
});

Deno.test("the tangent of a loop in a loop is the product with its Jacobian", () => {
  const x = new Tensor(input("x", { dtype: "f32", shape: [2, 3] }));
  const total = (x: Tensor) => {
    const [last] = scan(
      (h, row: Tensor) => {
        const [next] = scan((s, v: Tensor) => [s.mul(v).add(h).sin(), s], h.mul(2), row);
        return [next, next];
      },
      gs.tensor(0.5),
      x,
    );
    return last;
  };
  const direction = gs.tensor([1, -2, 3, 0.5, -1, 2], [2, 3]);
  const { tangent } = gs.jvp(total, [x], [direction]);
  const [slope] = gs.gradientsOf(total(x), [x]);
  const product = slope!.mul(direction).sum();
  const values = interpret(
    [tangent.node, product.node],
    new Map([[x.node, [0.3, -0.7, 1.1, 0.2, 0.9, -0.4]]]),
  );
  const [found, wanted] = [tangent, product].map(({ node }) => values.get(node)![0]!);
  assert(Math.abs(wanted!) > 1e-3);
  assertAllClose([found!], [wanted!], { relative: 1e-12, absolute: 0 }, "tangent");
});

Deno.test("a layer that is a loop runs in a loop, as it does in steps written out", async () => {
  const lstm = gs.initialize(new gs.LSTM(2, 3), { seed: 1 });
  const parameters = lstm.parameters();
  const step = (h: Tensor, rows: Tensor) => lstm.forward(rows.add(h)).state.h.narrow(2, 0, 2);
  const x = new Tensor(input("x", { dtype: "f32", shape: [3, 4, 5, 2] }));
  const looped = (x: Tensor) =>
    scan((h, rows: Tensor) => [step(h, rows), undefined], gs.zeros([1, 5, 2]), x)[0];
  const written = (x: Tensor) =>
    [0, 1, 2].reduce((h, t) => step(h, x.narrow(0, t, 1).squeeze(0)), gs.zeros([1, 5, 2]));
  const { data } = argumentsOf({ shapes: { x: x.shape }, outputs: () => ({}) });
  using plan = new PlanBackend();
  using cpu = openCpu({ threads: 2 });
  const gradients = async (apply: (x: Tensor) => Tensor, backend: gs.Backend) => {
    using step = await gs.compile({ x: gs.f32(x.shape) }, ({ x }) => {
      const loss = apply(x).square().sum();
      const slopes = gs.gradientsOf(loss, [x, ...parameters]);
      return { outputs: Object.fromEntries(slopes.map((slope, i) => [`${i}`, slope])) };
    }, { backend });
    step.run(data);
    const results = Object.values(await step.read()).flatMap((part) => [...part]);
    for (const parameter of parameters) await parameter.moveToHost();
    return results;
  };
  const wanted = await gradients(written, plan);
  for (const backend of [plan, cpu]) {
    const found = await gradients(looped, backend);
    const tolerance = { relative: 1e-4, absolute: 1e-6 };
    assertAllClose(found, wanted, tolerance, backend.description);
  }
  parameters.forEach((parameter) => parameter[Symbol.dispose]());
});
