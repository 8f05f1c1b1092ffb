// A language model of characters: a transformer, trained on the documentation of this project, that
// writes more of it.
import * as gs from "@gspace/gspace";

export interface Sizes {
  /** Most characters that the model looks at. */
  readonly context: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

// In PyTorch, the same model takes 15 lines: there, the mask is made by hand.
export function charTransformer(
  characters: number,
  { context, width, heads, layers: count }: Sizes,
) {
  const options = { dimFeedforward: 4 * width, activation: "gelu", normFirst: true } as const;
  const layer = () => new gs.TransformerEncoderLayer(width, heads, options);
  return new class extends gs.Module {
    readonly tokens = new gs.Embedding(characters, width);
    readonly positions = new gs.Embedding(context, width);
    readonly encoder = new gs.TransformerEncoder(layer, count, { norm: new gs.LayerNorm(width) });
    readonly head = new gs.Linear(width, characters);

    override forward(x: gs.Tensor, context: gs.ForwardContext = gs.inference) {
      const src = this.tokens.forward(x).add(this.positions.forward(gs.arange(x.shape[1]!)));
      return this.head.forward(this.encoder.forward({ src, isCausal: true }, context));
    }
  }();
}

/** The text, its characters, and each character of the text as a number. */
export async function readText(files: readonly string[]) {
  const folder = new URL("../docs/", import.meta.url);
  const parts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, folder))));
  const text = parts.join("\n");
  const alphabet = [...new Set(text)].toSorted();
  const numbers = new Map(alphabet.map((character, i) => [character, i]));
  return { alphabet, codes: Int32Array.from(text, (character) => numbers.get(character)!) };
}

/** Random pieces of the text, and for each the same one character later. */
function drawBatch(codes: Int32Array, random: gs.RandomStream, { batch, context, step }: {
  readonly batch: number;
  readonly context: number;
  readonly step: number;
}) {
  const [x, y] = [new Int32Array(batch * context), new Int32Array(batch * context)];
  for (let i = 0; i < batch; i++) {
    const start = Math.floor(random.uniform(step * batch + i) * (codes.length - context - 1));
    x.set(codes.subarray(start, start + context), i * context);
    y.set(codes.subarray(start + 1, start + context + 1), i * context);
  }
  return { x, y };
}

const FILES = ["library.md", "training.md", "runs.md", "optimizers.md", "extending.md", "gsgd.md"];

export async function main(
  { width = 128, heads = 4, layers = 4, context = 128, batch = 16, steps = 2000, length = 400 } =
    {},
) {
  using backend = await gs.openBackend("auto");
  const { alphabet, codes } = await readText(FILES);
  const network = charTransformer(alphabet.length, { context, width, heads, layers });
  using model = gs.initialize(network, { seed: 1 });
  const learningRate = gs.oneCycle(2e-3, { steps });
  const transform = gs.chain(gs.clipByGlobalNorm(1), gs.adamW({ learningRate, weightDecay: 0.01 }));
  using optimizer = new gs.Optimizer(model.parameters(), transform);
  const inputs = { x: gs.i32([batch, context]), y: gs.i32([batch, context]) };
  using step = await gs.compile(inputs, ({ x, y }) => {
    const logits = model.forward(x, { training: true, counter: optimizer.step });
    const loss = gs.crossEntropy(logits, y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }, { backend });

  const losses: number[] = [];
  const random = new gs.RandomStream(1, "batches");
  for (let i = 0; i < steps; i++) {
    step.run(drawBatch(codes, random, { batch, context, step: i }));
    if (i % 50 !== 0 && i !== steps - 1) continue;
    losses.push((await step.read()).loss[0]!);
    console.log(`step ${i}: loss ${losses.at(-1)!.toFixed(3)}`);
  }

  const written = await write(model, { first: codes[0]!, length, context, backend });
  return { losses, text: written.map((code) => alphabet[code]).join("") };
}

/** Draws each character from what the model expects after the ones before it. */
async function write(
  model: ReturnType<typeof charTransformer>,
  { first, length, context, backend }: {
    readonly first: number;
    readonly length: number;
    readonly context: number;
    readonly backend: gs.Backend;
  },
) {
  const inputs = { x: gs.i32([1, context]), place: gs.i32([]), step: gs.i32([]) };
  using next = await gs.compile(inputs, ({ x, place, step }) => {
    const scores = model.forward(x).squeeze(0).gather(place).mul(1.25);
    return { outputs: { next: gs.random.categorical(scores, { seed: 1, step }) } };
  }, { backend });
  const written = [first];
  for (let i = 0; i < length; i++) {
    const seen = written.slice(-context);
    const x = new Int32Array(context);
    x.set(seen);
    next.run({ x, place: Int32Array.of(seen.length - 1), step: Int32Array.of(i) });
    written.push((await next.read()).next[0]!);
  }
  return written;
}

if (import.meta.main) console.log((await main()).text);
