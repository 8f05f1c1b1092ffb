import { assertEquals } from "@std/assert";
import * as gs from "../../mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";
import type { GoldenTensor } from "./golden.ts";

type Tensors = Readonly<Record<string, GoldenTensor>>;

interface GoldenCase {
  readonly state: Tensors;
  readonly inputs: Tensors;
  readonly weights: GoldenTensor;
  readonly output: GoldenTensor;
  readonly gradients: Tensors;
}

const golden: {
  readonly cases: Readonly<Record<string, GoldenCase>>;
  readonly training: {
    readonly x: GoldenTensor;
    readonly y: GoldenTensor;
    readonly start: Tensors;
    readonly losses: readonly number[];
    readonly state: Tensors;
  };
} = JSON.parse(Deno.readTextFileSync(new URL("torch_attention.json", import.meta.url)));

const [FEATURES, HEADS, HIDDEN] = [8, 2, 12];

/** The inputs of a case by name. Every use makes one that its type says exists. */
type Inputs = Readonly<Record<string, gs.Tensor>>;

interface Subject {
  readonly model: gs.Module<never, unknown>;
  readonly run: (inputs: Inputs) => gs.Tensor;
}

function attention(
  read: (output: gs.AttentionOutput) => gs.Tensor,
  options: gs.MultiheadAttentionOptions & { readonly isCausal?: boolean } = {},
): Subject {
  const { isCausal = false, ...others } = options;
  const model = new gs.MultiheadAttention(FEATURES, HEADS, others);
  return { model, run: (x) => read(model.forward({ query: x.query!, ...x, isCausal })) };
}

function encoder(options: gs.TransformerLayerOptions, isCausal = false): Subject {
  const all = { dimFeedforward: HIDDEN, dropout: 0, ...options };
  const model = new gs.TransformerEncoderLayer(FEATURES, HEADS, all);
  return { model, run: (x) => model.forward({ src: x.src!, ...x, isCausal }) };
}

function decoderLayer(options: gs.TransformerLayerOptions = {}): gs.TransformerDecoderLayer {
  const all = { dimFeedforward: HIDDEN, dropout: 0, ...options };
  return new gs.TransformerDecoderLayer(FEATURES, HEADS, all);
}

function decoder(model: gs.Module<gs.DecoderInputs, gs.Tensor>): Subject {
  return {
    model,
    run: (x) => model.forward({ tgt: x.tgt!, memory: x.memory!, ...x, tgtIsCausal: true }),
  };
}

/** The modules of make_attention_goldens.py. */
const subjects: Readonly<Record<string, () => Subject>> = {
  "embedding": () => {
    const model = new gs.Embedding(10, 4, { paddingIdx: 2 });
    return { model, run: ({ x }) => model.forward(x!) };
  },
  "self": () => attention(({ output }) => output),
  "weights": () => attention(({ weights }) => weights, { isCausal: true }),
  "cross": () => attention(({ output }) => output),
  "separate": () => attention(({ output }) => output, { bias: false }),
  "encoder, norm last": () => encoder({}),
  "encoder, norm first": () => encoder({ normFirst: true, activation: "gelu" }, true),
  "decoder, norm last": () => decoder(decoderLayer()),
  "decoder, norm first": () => decoder(decoderLayer({ normFirst: true })),
  "decoder": () =>
    decoder(
      new gs.TransformerDecoder(() => decoderLayer(), 2, { norm: new gs.LayerNorm(FEATURES) }),
    ),
};

function tensorOf(name: string, { data, shape }: GoldenTensor): gs.Tensor {
  if (!name.toLowerCase().includes("mask") && name !== "x") return gs.tensor(data, shape);
  const isWhole = data.every(Number.isInteger);
  if (name === "x") return gs.tensor(data, shape, "i32");
  return isWhole ? gs.tensor(data, shape, "bool") : gs.tensor(data, shape);
}

function load(model: gs.Module<never, unknown>, state: Tensors): void {
  for (const [name, variable] of model.state()) {
    variable.assign(Float32Array.from(state[name]!.data));
  }
  assertEquals([...model.state().keys()].toSorted(), Object.keys(state).toSorted());
}

const close = { relative: 1e-5, absolute: 1e-5 };

async function checkCase(backend: gs.Backend, name: string): Promise<void> {
  const { state, inputs: given, weights, output, gradients } = golden.cases[name]!;
  const { model, run } = subjects[name]!();
  using _ = gs.initialize(model, { seed: 1 });
  load(model, state);
  const inputs: Inputs = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, tensorOf(key, value)]),
  );
  const found = run(inputs);
  assertEquals(found.shape, output.shape);
  const loss = found.mul(gs.tensor(weights.data, weights.shape)).sum();
  const names = Object.keys(gradients);
  const parameters = model.namedParameters();
  const targets = names.map((key) => parameters.get(key) ?? inputs[key]!);
  const [value, ...rest] = await gs.evaluate([found, ...gs.gradientsOf(loss, targets)], {
    backend,
  });
  assertAllClose(value!, output.data, close, name);
  names.forEach((key, i) => {
    const tolerance = { relative: 1e-4, absolute: 1e-5 };
    assertAllClose(rest[i]!, gradients[key]!.data, tolerance, `${name}: ${key}`);
  });
}

assertEquals(Object.keys(subjects).toSorted(), Object.keys(golden.cases).toSorted());
for (const name of Object.keys(subjects)) {
  cpuTest(`${name} is PyTorch's on the CPU`, (cpu) => checkCase(cpu, name));
  gpuTest(`${name} is PyTorch's on a GPU`, (gpu) => checkCase(gpu, name));
}

class LanguageModel extends gs.Module {
  readonly embedding: gs.Embedding = new gs.Embedding(11, FEATURES);
  readonly encoder: gs.TransformerEncoder;
  readonly head: gs.Linear = new gs.Linear(FEATURES, 11);

  constructor() {
    super();
    const options = { dimFeedforward: HIDDEN, dropout: 0, normFirst: true };
    const layer = () => new gs.TransformerEncoderLayer(FEATURES, HEADS, options);
    this.encoder = new gs.TransformerEncoder(layer, 2, { norm: new gs.LayerNorm(FEATURES) });
  }

  override forward(x: gs.Tensor): gs.Tensor {
    const src = this.embedding.forward(x).add(gs.positionalEncoding(6, FEATURES));
    return this.head.forward(this.encoder.forward({ src, isCausal: true }));
  }
}

async function train(backend: gs.Backend): Promise<void> {
  const { x, y, start, losses, state } = golden.training;
  using model = gs.initialize(new LanguageModel(), { seed: 1 });
  load(model, start);
  using optimizer = new gs.Optimizer(
    model.parameters(),
    gs.sgd({ learningRate: 0.05, momentum: 0.9 }),
  );
  using step = await gs.compile({ x: gs.i32([4, 6]), y: gs.i32([4, 6]) }, ({ x, y }) => {
    const loss = gs.crossEntropy(model.forward(x), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }, { backend });
  const found: number[] = [];
  for (let i = 0; i < losses.length; i++) {
    step.run({ x: Int32Array.from(x.data), y: Int32Array.from(y.data) });
    found.push((await step.read()).loss[0]!);
  }
  assertAllClose(found, losses, { relative: 1e-4, absolute: 1e-5 }, "losses");
  for (const [name, parameter] of model.state()) {
    const tolerance = { relative: 1e-4, absolute: 1e-4 };
    assertAllClose(await parameter.data({ backend }), state[name]!.data, tolerance, name);
  }
}

cpuTest("a language model trains as in PyTorch for 20 steps on the CPU", train);
gpuTest("a language model trains as in PyTorch for 20 steps on a GPU", train);
