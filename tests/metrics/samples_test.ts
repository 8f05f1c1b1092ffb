import { assertEquals } from "@std/assert";
import { readSamples, type SamplesFile, samplesFileSchema } from "../../metrics/samples.ts";

const sample = (name: string) => ({ name, label: "cat", predicted: "dog", png: "iVBORw==" });
const first = [{ name: "a", label: "cat", png: "iVBORw==" }];

/** Reads samples from files of these contents. */
function read(files: Readonly<Record<string, unknown>>, ...arms: readonly string[]) {
  return readSamples(arms, (file): Promise<SamplesFile | undefined> => {
    return Promise.resolve(file in files ? samplesFileSchema.parse(files[file]) : undefined);
  });
}

Deno.test("samples.json is that of all optimizers", async () => {
  const arms = { sgd: { wrong: 1, mistakes: [sample("b")] } };
  const samples = { first, split: "test", count: 9, arms } as const;
  assertEquals(await read({ "samples.json": samples }, "sgd", "gsgd"), samples);
  assertEquals(await read({}, "sgd"), undefined);
});

Deno.test("the files of earlier versions, one for each optimizer, are combined", async () => {
  const former = (wrong: number | null, ...names: readonly string[]) => ({
    ...{ first, split: "validation", count: 9, wrong, mistakes: names.map(sample) },
  });
  const files = {
    "sgd/samples.json": former(2, "b", "c"),
    "gsgd/samples.json": former(1, "c"),
    "adam/samples.json": former(null),
  };
  assertEquals(await read(files, "sgd", "gsgd", "adam", "missing"), {
    ...{ first, split: "validation", count: 9 },
    arms: {
      sgd: { wrong: 2, mistakes: [sample("b"), sample("c")] },
      gsgd: { wrong: 1, mistakes: [sample("c")] },
    },
  });
  const { count: _, ...oldest } = former(1, "b");
  assertEquals(await read({ "samples.json": oldest }, "sgd"), {
    ...{ first, split: "validation" },
    arms: { sgd: { wrong: 1, mistakes: [sample("b")] } },
  });
});

Deno.test("pictures that are not base64 are refused: pages show them", () => {
  const mistakes = [{ ...sample("b"), png: '"onerror="alert(1)' }];
  const file = { first, split: "test", arms: { sgd: { wrong: 1, mistakes } } };
  assertEquals(samplesFileSchema.safeParse(file).success, false);
});
