import { assertEquals } from "@std/assert";
import { compile, type Module, Tensor, tensor } from "../../mod.ts";
import * as gs from "../../mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { checkedCpuTest, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import { goldenFile, type GoldenTensor, toNode } from "./golden.ts";

interface GoldenCell {
  readonly kind: string;
  readonly sizes: readonly [inputs: number, hidden: number];
  readonly options: Readonly<Record<string, number | boolean | string>>;
  readonly start: Readonly<Record<string, GoldenTensor>>;
  readonly x: GoldenTensor;
  readonly initial: readonly GoldenTensor[];
  readonly last: readonly GoldenTensor[];
}

interface GoldenLayer extends GoldenCell {
  readonly lengths: readonly number[] | null;
  readonly output: GoldenTensor;
  readonly target: GoldenTensor;
  readonly losses: readonly number[];
  readonly end: Readonly<Record<string, GoldenTensor>>;
}

/** What make_recurrent_goldens.py made. */
const golden = goldenFile<
  { readonly layers: readonly GoldenLayer[]; readonly cells: readonly GoldenCell[] }
>("torch_recurrent.json");

/** `num_layers` → `numLayers`. */
const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

type State = Tensor | { readonly h: Tensor; readonly c: Tensor };
type Outputs = { readonly output: Tensor; readonly state: State };

function modelOf<M extends Module<never, unknown>>({ kind, sizes, options, start }: GoldenCell): M {
  const Layer: new (...args: unknown[]) => M = Reflect.get(gs, kind);
  const named = Object.entries(options).map(([name, value]) => [camel(name), value]);
  const model = gs.initialize(new Layer(...sizes, Object.fromEntries(named)), { seed: 1 });
  assertEquals([...model.state().keys()].toSorted(), Object.keys(start).toSorted());
  for (const [name, variable] of model.state()) {
    assertEquals(variable.shape, start[name]!.shape, name);
    variable.assign(Float32Array.from(start[name]!.data));
  }
  return model;
}

const value = (golden: GoldenTensor) => new Tensor(toNode("x", golden));

function stateOf({ initial }: GoldenCell): { readonly state?: State } {
  const [h, c] = initial.map(value);
  return h ? { state: c ? { h, c } : h } : {};
}

const partsOf = (state: State) => state instanceof Tensor ? [state] : [state.h, state.c];

async function checkLayer(backend: Backend, layer: GoldenLayer): Promise<void> {
  using model = modelOf<Module<object, Outputs>>(layer);
  using optimizer = new gs.Optimizer(
    model.parameters(),
    gs.sgd({ learningRate: 0.1, momentum: 0.9 }),
  );
  const { lengths } = layer;
  const inputs = {
    x: value(layer.x),
    ...stateOf(layer),
    ...(lengths && { lengths: tensor([...lengths], [lengths.length], "i32") }),
  };
  using step = await compile({}, () => {
    const { output, state } = model.forward(inputs);
    const last = partsOf(state);
    const loss = last.reduce(
      (sum, each) => sum.add(each.square().mean()),
      gs.mse(output, value(layer.target)),
    );
    const outputs = Object.fromEntries(last.map((each, i) => [`last${i}`, each]));
    return { outputs: { ...outputs, output, loss }, updates: optimizer.minimize(loss) };
  }, { backend });
  const losses: number[] = [];
  for (const turn of layer.losses.keys()) {
    step.run();
    const read: Record<string, ArrayLike<number>> = await step.read();
    losses.push(read["loss"]![0]!);
    if (turn > 0) continue;
    const forward = { relative: 1e-5, absolute: 1e-5 };
    assertAllClose(read["output"]!, layer.output.data, forward, "output");
    layer.last.forEach(({ data }, i) =>
      assertAllClose(read[`last${i}`]!, data, forward, `state ${i}`)
    );
  }
  const trained = { relative: 1e-4, absolute: 1e-4 };
  assertAllClose(losses, layer.losses, trained, "losses");
  for (const [name, { data }] of Object.entries(layer.end)) {
    assertAllClose(await model.state().get(name)!.data(), data, trained, name);
  }
}

async function checkCell(backend: Backend, cell: GoldenCell): Promise<void> {
  using model = modelOf<Module<object, State>>(cell);
  const parts = partsOf(model.forward({ x: value(cell.x), ...stateOf(cell) }));
  for (const [i, part] of parts.entries()) {
    assertEquals(part.shape, cell.last[i]!.shape);
    const forward = { relative: 1e-5, absolute: 1e-5 };
    assertAllClose(await part.data({ backend }), cell.last[i]!.data, forward, `state ${i}`);
  }
}

const titleOf = ({ kind, options, x: { shape } }: GoldenCell) =>
  `${kind} ${JSON.stringify(options)} of [${shape}]`;

golden.layers.forEach((layer, i) => {
  const title = `trains as PyTorch's for 20 steps: ${titleOf(layer)}, ${layer.lengths ?? "whole"}`;
  cpuTest(title, (backend) => checkLayer(backend, layer));
  if (i % 3 === 2) checkedCpuTest(title, (backend) => checkLayer(backend, layer));
  if (i % 5 === 0) gpuTest(title, (backend) => checkLayer(backend, layer));
});

golden.cells.forEach((cell) => {
  cpuTest(`takes the step of PyTorch's: ${titleOf(cell)}`, (cpu) => checkCell(cpu, cell));
});
