import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { compile, evaluate, full, i32, random, type Tensor, tensor } from "../../autograd/mod.ts";
import { DTypeError, interpret, ShapeError } from "../../graph/mod.ts";
import { openCpu } from "../../cpu/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { assertAllClose } from "../support/close.ts";

const hostValues = ({ node }: Tensor) => [...interpret([node]).get(node)!];

const draws = {
  normal: (options: random.RandomOptions) => random.normal([5, 3], options),
  uniform: (options: random.RandomOptions) => random.uniform([5, 3], options),
  randint: (options: random.RandomOptions) => random.randint(-5, 1000, [15], options),
  bernoulli: (options: random.RandomOptions) => random.bernoulli(full(0.5, [64]), options),
  permutation: (options: random.RandomOptions) => random.permutation(17, options),
  categorical: (options: random.RandomOptions) => random.categorical(full(0, [20, 9]), options),
};

for (const [name, draw] of Object.entries(draws)) {
  Deno.test(`random.${name}() is a function of the seed, the step, and the name`, () => {
    const first = hostValues(draw({ seed: 7 }));
    assertEquals(hostValues(draw({ seed: 7, step: 0 })), first);
    assertEquals(hostValues(draw({ seed: 7, name })), first);
    assertEquals(hostValues(draw({ seed: 7, step: full(0, [], "i32") })), first);
    assertNotEquals(hostValues(draw({ seed: 8 })), first);
    assertNotEquals(hostValues(draw({ seed: 7, step: 1 })), first);
    assertNotEquals(hostValues(draw({ seed: 7, name: "other" })), first);
  });

  Deno.test(`random.${name}() draws other numbers in each call and run of a compiled step`, async () => {
    using backend = openCpu({ threads: 1 });
    const build = () =>
      compile({ step: i32([]) }, ({ step }) => ({
        outputs: { a: draw({ seed: 7, step }), b: draw({ seed: 7, step }) },
      }), { backend });
    using step = await build();
    using again = await build();
    const results = [];
    for (const number of [0, 1]) {
      step.run({ step: Int32Array.of(number) });
      again.run({ step: Int32Array.of(number) });
      const { a, b } = await step.read();
      assertNotEquals(a, b);
      assertEquals(await again.read(), { a, b });
      const alone = hostValues(draw({ seed: 7, step: number }));
      assertAllClose(a, alone, { relative: 1e-5, absolute: 1e-6 }, name);
      results.push(a);
    }
    assertNotEquals(results[0], results[1]);
  });

  gpuTest(`random.${name}() draws the numbers of the interpreter on a GPU`, async (backend) => {
    const drawn = draw({ seed: 3, step: 2 });
    const [actual] = await evaluate([drawn], { backend });
    assertAllClose(actual!, hostValues(drawn), { relative: 1e-5, absolute: 1e-5 }, name);
  });
}

function moments(list: readonly number[]): { mean: number; std: number } {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  return { mean, std: Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / list.length) };
}

Deno.test("random.normal() and uniform() have the moments that were asked for", () => {
  const count = 20_000; // five standard errors below
  const normal = moments(hostValues(random.normal([count], { seed: 1, mean: 3, std: 2 })));
  assert(Math.abs(normal.mean - 3) < 5 * 2 / Math.sqrt(count));
  assert(Math.abs(normal.std - 2) < 5 * 2 / Math.sqrt(2 * count));
  const list = hostValues(random.uniform([count], { seed: 1, low: -1, high: 5 }));
  assert(list.every((x) => x >= -1 && x < 5));
  const uniform = moments(list);
  assert(Math.abs(uniform.mean - 2) < 5 * 6 / Math.sqrt(12 * count));
  assert(Math.abs(uniform.std - 6 / Math.sqrt(12)) < 0.05);
});

Deno.test("random.randint() draws every number of its range, and no other", () => {
  const list = hostValues(random.randint(-2, 3, [500], { seed: 1 }));
  assertEquals([...new Set(list)].toSorted((a, b) => a - b), [-2, -1, 0, 1, 2]);
  const wide = hostValues(random.randint(-(2 ** 31), 2 ** 31, [500], { seed: 1 }));
  assert(wide.some((x) => x < -(2 ** 30)) && wide.some((x) => x > 2 ** 30));
  assertThrows(() => random.randint(3, 3, [2], { seed: 1 }), RangeError, "high must be");
});

Deno.test("random.bernoulli() and categorical() draw with the probabilities given", () => {
  const [p, count] = [0.2, 10_000];
  const hits = hostValues(random.bernoulli(full(p, [count]), { seed: 1 }));
  const error = 5 * Math.sqrt(p * (1 - p) / count);
  assert(Math.abs(moments(hits).mean - p) < error);
  const logits = tensor([0.2, 0.3, 0.5, 0]).log().broadcastTo(count, 4);
  const classes = hostValues(random.categorical(logits, { seed: 1 }));
  const share = (c: number) => classes.filter((x) => x === c).length / count;
  assert(Math.abs(share(0) - 0.2) < error);
  assert(Math.abs(share(2) - 0.5) < 5 * 0.5 / Math.sqrt(count));
  assertEquals(share(3), 0);
});

Deno.test("random.permutation() has every number once", () => {
  for (const count of [0, 1, 2, 100]) {
    const list = hostValues(random.permutation(count, { seed: 5 }));
    assertEquals(list.toSorted((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  }
});

Deno.test("random functions refuse options that mean nothing by name", () => {
  const refused: readonly [unknown, string][] = [
    [{}, "seed"],
    [null, "its options are { seed, step?, name?"],
    [{ seed: -1 }, "seed must be"],
    [{ seed: 1, step: 0.5 }, "step must be"],
    [{ seed: 1, name: "" }, "name must be"],
    [{ seed: 1, key: 2 }, '"key"'],
  ];
  for (const draw of Object.values(draws)) {
    for (const [options, message] of refused) {
      assertThrows(() => draw(options as random.RandomOptions), Error, message);
    }
  }
  assertThrows(() => random.normal([2], { seed: 1, std: -1 }), RangeError, "std must be");
  assertThrows(() => random.uniform([2], { seed: 1, low: NaN }), RangeError, "low must be");
  assertThrows(() => random.normal([1.5], { seed: 1 }), ShapeError, "shape must be");
  assertThrows(() => random.randint(0.5, 3, [2], { seed: 1 }), RangeError, "low must be");
  assertThrows(() => random.permutation(-1, { seed: 1 }), RangeError, "count must be");
  const wrong = tensor([1]);
  assertThrows(() => random.normal([2], { seed: 1, step: wrong }), DTypeError, "must be i32[]");
});
