import { assertEquals } from "@std/assert";
import { type Initializer, orthogonal, RandomStream, truncatedNormal } from "../../layers/mod.ts";
import { initializerMakers } from "./initializer_makers.ts";
import { assertAllClose } from "../support/close.ts";
import { goldenFile, type GoldenTensor } from "./golden.ts";

interface GoldenWeight {
  /** The random numbers, uniform or normal, from which PyTorch starts. */
  readonly drawn: GoldenTensor;
  readonly weight: GoldenTensor;
}
interface FilledWeight extends GoldenWeight {
  readonly name: string;
  readonly options: Record<string, number>;
}
interface GoldenInitializers {
  readonly orthogonal: readonly (GoldenWeight & { readonly gain: number })[];
  readonly truncated: readonly (GoldenWeight & { readonly options: Record<string, number> })[];
  readonly filled: readonly FilledWeight[];
}

/** A stream that gives the numbers of a golden file, each of them at its index. */
class GivenStream extends RandomStream {
  readonly #numbers: readonly number[];
  constructor({ data }: GoldenTensor) {
    super(0, "given");
    this.#numbers = data;
  }
  override uniform(index: number): number {
    return this.#numbers[index]!;
  }
  override normal(index: number): number {
    return this.#numbers[index]!;
  }
}

function check(name: string, initializer: Initializer, { drawn, weight }: GoldenWeight): void {
  const fanIn = weight.shape.slice(1).reduce((product, size) => product * size, 1);
  const values = initializer(weight.shape, { fanIn, random: new GivenStream(drawn) });
  assertAllClose(values, weight.data, { relative: 1e-6, absolute: 1e-7 }, name);
}

const golden: GoldenInitializers = goldenFile("torch_initializers.json");

for (const one of golden.orthogonal) {
  const { gain, weight: { shape } } = one;
  Deno.test(`orthogonal is PyTorch's for [${shape}] and gain ${gain}`, () => {
    check("orthogonal", orthogonal({ gain }), one);
  });
}

for (const one of golden.truncated) {
  Deno.test(`truncatedNormal is PyTorch's for ${JSON.stringify(one.options)}`, () => {
    check("truncatedNormal", truncatedNormal(one.options), one);
  });
}

for (const one of golden.filled) {
  const { name, options, weight: { shape } } = one;
  Deno.test(`${name} ${JSON.stringify(options)} is PyTorch's for [${shape}]`, () => {
    check(name, initializerMakers[name]!(options), one);
  });
}

Deno.test("every initializer is in the golden file, and no other", () => {
  const named = golden.filled.map(({ name }) => name);
  const found = new Set([...named, "orthogonal", "truncatedNormal"]);
  assertEquals([...found].toSorted(), Object.keys(initializerMakers).toSorted());
});

Deno.test("orthogonal takes all axes but the first as columns", () => {
  const random = new RandomStream(3, "weight");
  const context = { fanIn: 1, random };
  assertEquals(orthogonal()([4, 2, 3, 3], context), orthogonal()([4, 18], context));
});
