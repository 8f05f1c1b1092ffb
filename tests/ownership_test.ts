/**
 * Arrays that are given are copied at once, and arrays that are handed out belong to whoever
 * asked: each entry below is run twice, the second time with every array overwritten as soon as
 * it was given or handed out, and must give the same numbers.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import * as gs from "../mod.ts";
import { openCpu } from "../cpu/mod.ts";
import { datasetFromSafetensors, makeSynthetic } from "../datasets/mod.ts";
import { parseIdx } from "../datasets/idx.ts";
import { PlanBackend } from "./support/plan_backend.ts";

type Given = gs.HostArray | number[];

/** Notes arrays, and overwrites all of them. */
interface Hands {
  /** Notes an array that is given away, or that was handed out. */
  note<T extends Given>(array: T): T;
  /** Overwrites what was noted so far. */
  overwrite(): void;
}

interface Entry {
  readonly name: string;
  readonly run: (hands: Hands, backend: gs.Backend) => Promise<ArrayLike<number>>;
}

const f32Pair = () => Float32Array.of(1, 2);
const pair = { dtype: "f32", shape: [2] } as const;

/** Array by array what is given. */
const given: readonly Entry[] = [
  {
    name: "tensor(Float32Array)",
    run: async ({ note, overwrite }, backend) => {
      const x = gs.tensor(note(f32Pair()), note([2])).mul(3);
      overwrite();
      return await x.data({ backend });
    },
  },
  {
    name: "tensor(Int32Array), tensor(Uint8Array) of type bool, and nested numbers",
    run: async ({ note, overwrite }, backend) => {
      const whole = gs.tensor(note(Int32Array.of(1, 2)));
      const mask = gs.tensor(note(Uint8Array.of(0, 1)), [2], "bool");
      const x = gs.where(mask, gs.tensor(note([3, 4])), whole.cast("f32"));
      overwrite();
      return await x.data({ backend });
    },
  },
  {
    name: "sizes and positions of ops",
    run: async ({ note, overwrite }, backend) => {
      const x = gs.arange(6).cast("f32").reshape(note([2, 3])).permute(note([1, 0]))
        .slice(note([0, 1]), note([2, 1])).pad(note([1, 0]), note([0, 0]), { value: 9 })
        .broadcastTo(note([2, 3, 1])).add(gs.ones(note([2, 3, 1]))).add(
          gs.full(2, note([2, 3, 1])),
        );
      overwrite();
      return [...x.shape, ...await x.sum(note([0])).data({ backend })];
    },
  },
  {
    name: "Variable.assign on the host, and the type's shape",
    run: async ({ note, overwrite }, backend) => {
      using v = new gs.Variable("v", { dtype: "f32", shape: note([2]) });
      v.assign(note(f32Pair()));
      overwrite();
      return [...v.shape, ...v.type.shape, ...await v.mul(2).data({ backend }), ...await v.data()];
    },
  },
  {
    name: "Variable.assign on a device",
    run: async ({ note, overwrite }, backend) => {
      using v = new gs.Variable("v", pair);
      await v.mul(2).data({ backend });
      v.assign(note(f32Pair()));
      overwrite();
      return await v.data();
    },
  },
  {
    name: "a first value, once it was seen",
    run: async ({ note, overwrite }, backend) => {
      const first = note(f32Pair());
      using v = new gs.Parameter("v", pair, () => first);
      v.hostValue();
      overwrite();
      return [...v.hostValue()!, ...await v.mul(2).data({ backend }), ...await v.data()];
    },
  },
  {
    name: "inputs of a compiled step, and their types",
    run: async ({ note, overwrite }, backend) => {
      const shape = note([2]);
      const compiling = gs.compile(
        { x: gs.f32(shape), y: { dtype: "f32", shape } },
        ({ x, y }) => ({ outputs: { sum: x.add(y) } }),
        { backend },
      );
      overwrite();
      using step = await compiling;
      step.write("y", note(f32Pair()));
      step.run({ x: note(f32Pair()) });
      overwrite();
      const once = [...(await step.read()).sum];
      step.run();
      return [...once, ...(await step.read()).sum];
    },
  },
  {
    name: "evaluate() while it runs",
    run: async ({ note, overwrite }, backend) => {
      const list = [gs.tensor(note(f32Pair())).mul(2)];
      const running = gs.evaluate(list, { backend });
      list.pop();
      overwrite();
      return (await running)[0]!;
    },
  },
  {
    name: "layers in a list, and windows",
    run: async ({ note, overwrite }, backend) => {
      const layers: gs.Module[] = [
        new gs.MaxPool2d(1, { stride: note([1, 2]) as unknown as [number, number] }),
        new gs.AdaptiveAvgPool2d(note([1, 2]) as unknown as [number, number]),
        new gs.LayerNorm(note([2]), { affine: false }),
        new gs.Conv2d(1, 1, 1, {
          bias: false,
          stride: note([1, 1]) as unknown as [number, number],
          initializer: () => Float32Array.of(3),
        }),
      ];
      const model = new gs.Sequential(layers);
      layers.pop();
      overwrite();
      gs.initialize(model, { seed: 1 });
      const image = gs.arange(8).cast("f32").reshape([1, 1, 2, 4]);
      return await model.forward(image).data({ backend });
    },
  },
  {
    name: "parameters of an optimizer, and milestones of a schedule",
    run: async ({ note, overwrite }, backend) => {
      const [a, b] = ["a", "b"].map((name) => new gs.Parameter(name, pair, f32Pair));
      const parameters = [a!, b!];
      const learningRate = gs.multiStep(1, { milestones: note([1]), factor: 0.5 });
      using optimizer = new gs.Optimizer(parameters, gs.sgd({ learningRate }));
      parameters.pop();
      overwrite();
      using step = await gs.compile(
        {},
        () => ({ updates: optimizer.minimize(a!.add(b!).sum()) }),
        { backend },
      );
      step.run();
      step.run();
      const values = [...await a!.data(), ...await b!.data()];
      [a!, b!].forEach((parameter) => parameter[Symbol.dispose]());
      return values;
    },
  },
  {
    name: "fromTyped() and loadStateDict()",
    run: async ({ note, overwrite }) => {
      const model = gs.initialize(new gs.Sequential([new gs.Linear(1, 2)]), { seed: 1 });
      const tensors = new Map([
        ["0.weight", gs.fromTyped(note(f32Pair()), note([2, 1]))],
        ["0.bias", gs.fromTyped(f32Pair(), [2])],
      ]);
      overwrite();
      gs.loadStateDict(model, tensors);
      for (const { bytes } of tensors.values()) note(bytes);
      overwrite();
      const [weight, bias] = model.parameters();
      return [...await weight!.data(), ...await bias!.data()];
    },
  },
  {
    name: "an npz file while it is read",
    run: async ({ note, overwrite }) => {
      const tensors = new Map([["a", gs.fromTyped(f32Pair(), [2])]]);
      const packed = note(await gs.encodeNpz(tensors, { compress: true }));
      const unpacking = gs.decodeNpz(packed);
      overwrite();
      return gs.toFloat32((await unpacking).get("a")!);
    },
  },
  {
    name: "datasets in memory",
    run: ({ note, overwrite }) => {
      const bytes = note(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 4));
      const idx = parseIdx(bytes, { dataset: "mnist", file: "labels", rank: 1 });
      const file = note(gs.encodeSafetensors(
        new Map([
          ["x", gs.fromTyped(f32Pair(), [2, 1])],
          ["y", gs.fromTyped(Int32Array.of(0, 1), [2])],
        ]),
      ));
      const { train } = datasetFromSafetensors(file);
      overwrite();
      return Promise.resolve([...idx.values, ...train.x, ...train.y]);
    },
  },
  {
    name: "a file while it is written",
    run: async ({ note, overwrite }) => {
      const path = await Deno.makeTempFile();
      const writing = gs.writeFileAtomic(path, note(Uint8Array.of(1, 2, 3)));
      overwrite();
      await writing;
      const contents = await Deno.readFile(path);
      await Deno.remove(path);
      return contents;
    },
  },
  {
    name: "a model while it is exported to ONNX",
    run: async ({ note, overwrite }) => {
      const model = gs.initialize(new gs.Sequential([new gs.Linear(2, 2)]), { seed: 1 });
      const metadata = new Map([["k", "v"]]);
      const exporting = gs.exportOnnx(model, { sampleShape: note([2]), metadata });
      metadata.clear();
      overwrite();
      return await exporting;
    },
  },
];

/** Array by array what is handed out. */
const handedOut: readonly Entry[] = [
  {
    name: "data() of a tensor, and of a variable on the host and on a device",
    run: async ({ note, overwrite }, backend) => {
      using v = new gs.Variable("v", pair, f32Pair);
      const x = gs.tensor(f32Pair());
      const read = async () => {
        const found = [await x.data({ backend }), await v.data()];
        found.forEach(note);
        return found.flatMap((data) => [...data]);
      };
      const all = [...await read()];
      overwrite();
      all.push(...await read());
      overwrite();
      await v.mul(x).data({ backend });
      all.push(...await read());
      overwrite();
      await v.moveToHost();
      all.push(...await read());
      overwrite();
      return [...all, ...await read(), ...await v.mul(x).data({ backend })];
    },
  },
  {
    name: "hostValue()",
    run: async ({ note, overwrite }, backend) => {
      using v = new gs.Variable("v", pair, f32Pair);
      note(v.hostValue()!);
      overwrite();
      return [...v.hostValue()!, ...await v.mul(2).data({ backend })];
    },
  },
  {
    name: "read() of a compiled step",
    run: async ({ note, overwrite }, backend) => {
      using v = new gs.Variable("v", pair, f32Pair);
      using step = await gs.compile(
        {},
        () => ({ outputs: { v }, updates: new Map([[v, v.add(1)]]) }),
        { backend },
      );
      step.run();
      note((await step.read()).v);
      overwrite();
      const again = [...(await step.read()).v];
      step.run();
      return [...again, ...(await step.read()).v];
    },
  },
  {
    name: "stateDict()",
    run: async ({ note, overwrite }) => {
      const model = gs.initialize(new gs.Sequential([new gs.Linear(1, 2)]), { seed: 1 });
      for (const { bytes } of (await gs.stateDict(model)).values()) note(bytes);
      overwrite();
      return [...(await gs.stateDict(model)).values()].flatMap(({ bytes }) => [...bytes]);
    },
  },
  {
    name: "toFloat32() and toInt32()",
    run: ({ note, overwrite }) => {
      const [x, y] = [gs.fromTyped(f32Pair(), [2]), gs.fromTyped(Int32Array.of(1, 2), [2])];
      note(gs.toFloat32(x));
      note(gs.toInt32(y));
      overwrite();
      return Promise.resolve([...gs.toFloat32(x), ...gs.toInt32(y)]);
    },
  },
  {
    name: "batches, parts of a dataset, and held-out samples",
    run: ({ note, overwrite }) => {
      const data = makeSynthetic({ trainCount: 10, testCount: 4, sampleShape: [2], classes: 2 });
      const plan = gs.planBatches({
        count: 10,
        batchSize: 4,
        seed: 1,
        epoch: 0,
        shuffle: true,
        lastBatch: "keep",
      });
      note(gs.batchIndices(plan, 0));
      const part = gs.takeFirst(data, { train: 5, test: 2 });
      const held = gs.holdOut(data, { count: 3, seed: 1 });
      for (const { y } of [part.train, part.test, held.train, held.validation]) note(y);
      for (const { x } of [part.train, held.train, held.validation]) {
        if (x instanceof Float32Array) note(x);
      }
      overwrite();
      return Promise.resolve([
        ...gs.batchIndices(plan, 0),
        ...data.train.x,
        ...data.train.y,
        ...data.test.y,
      ]);
    },
  },
];

for (const [what, entries] of [["given", given], ["handed out", handedOut]] as const) {
  for (const { name, run } of entries) {
    Deno.test(`what is ${what} can be overwritten: ${name}`, async () => {
      await check(run, new PlanBackend());
      await check(run, openCpu({ threads: 2 }));
    });
  }
}

async function check(run: Entry["run"], opened: gs.Backend): Promise<void> {
  using backend = opened;
  const noted: Given[] = [];
  const note = <T extends Given>(array: T): T => {
    noted.push(array);
    return array;
  };
  const untouched = await run({ note: (array) => array, overwrite: () => {} }, backend);
  const overwrite = () => noted.splice(0).forEach((array) => array.fill(7));
  const overwritten = await run({ note, overwrite }, backend);
  assertEquals([...Array.from(overwritten)], [...Array.from(untouched)]);
  assertNotEquals(untouched.length, 0);
}
