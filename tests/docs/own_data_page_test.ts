import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { encodePng } from "../../formats/mod.ts";
import { decodeOnnxModel } from "../../onnx/mod.ts";
import { loadProgram } from "../../program/mod.ts";
import { call, temporaryFolder } from "../cli/command.ts";
import { runOnnx } from "../onnx/runtime.ts";
import { generator } from "../support/random.ts";

const page = await Deno.readTextFile(new URL("../../docs/own-data.md", import.meta.url));

const random = generator(8);
const classes = ["columns", "rows", "squares"];

/** A noisy pattern: stripes across or along, or a checkerboard, in a random color. */
function picture(label: number): Uint8Array {
  const color = [0, 1, 2].map(() => 120 + 120 * random());
  const shift = Math.floor(8 * random());
  return Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 16 + shift, Math.floor(i / 48) + shift];
    const bits = [x >> 1, y >> 1, (x >> 1) + (y >> 1)];
    return Math.min(255, (bits[label]! & 1 ? color[i % 3]! : 20) + 30 * random());
  });
}

async function writePictures(folder: string, perClass: number): Promise<void> {
  for (const [label, name] of classes.entries()) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const image = { width: 16, height: 16, channels: 3, data: picture(label) } as const;
      await Deno.writeFile(`${folder}/${name}/${i}.png`, await encodePng(image));
    }
  }
}

Deno.test("the commands of docs/own-data.md lead from a folder of images to an ONNX file", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writePictures(`${path}/photos`, 60);
  await writePictures(`${path}/new-photos`, 4);
  const commands = [...page.matchAll(/^npx deno task (.*)$/gm)].map(([, command]) => command!);
  assertEquals(commands.length, 4);
  const placed = commands.map((command) =>
    command.replace(
      /(?<= )(photos|runs\/photos|new-photos|photos\.onnx|photos\.program\.safetensors)(?= |$)/g,
      `${path}/$1`,
    )
      .split(" ")
  );
  const [train, predict, exporting, compiling] = placed as [
    string[],
    string[],
    string[],
    string[],
  ];
  const trained = await call(...train, "--device=cpu", "--threads=1", "--quiet");
  assertEquals([trained.code, trained.stderr], [0, ""]);

  const report = await Deno.readTextFile(`${path}/runs/photos/report.html`);
  const samples = JSON.parse(await Deno.readTextFile(`${path}/runs/photos/samples.json`));
  assertEquals(samples.first.length, 24);
  const { wrong: expected, mistakes } = samples.arms.momentum;
  for (const { png, label } of [...samples.first, ...mistakes]) {
    assertStringIncludes(report, `base64,${png}`);
    assert(classes.includes(label));
  }
  const { perClassError, counts } = JSON.parse(
    await Deno.readTextFile(`${path}/runs/photos/confusion.json`),
  );
  const wrong = counts.flatMap((row: number[], i: number) => row.filter((_, j) => i !== j));
  assertEquals(wrong.reduce((a: number, b: number) => a + b), expected);
  assertEquals(perClassError.length, 3);

  const predicted = await call(...predict);
  assertEquals([predicted.code, predicted.stderr], [0, ""]);
  const lines = predicted.stdout.split("\n");
  assertEquals(lines.length, 12);
  const right = lines.filter((line) => new RegExp(`new-photos/(\\w+)/\\d+\\.png: \\1 `).test(line));
  assert(right.length >= 10, predicted.stdout);

  const exported = await call(...exporting);
  assertEquals([exported.code, exported.stderr], [0, ""]);
  const file = await Deno.readFile(`${path}/photos.onnx`);
  const model = decodeOnnxModel(file);
  assertEquals(JSON.parse(model.metadata.get("classNames")!), classes);
  const data = Uint8Array.from([0, 1, 2].flatMap((label) => [...picture(label)]));
  const output = await runOnnx(file, { shape: [3, 16, 16, 3], data });
  assertEquals(output.dims, [3, 3]);
  const rows = [0, 1, 2].map((row) => Array.from(output.data).slice(3 * row, 3 * row + 3));
  for (const [label, row] of rows.entries()) {
    assertEquals(row.indexOf(Math.max(...row)), label, row.join());
    assert(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
  }

  const compiled = await call(...compiling);
  assertEquals([compiled.code, compiled.stderr], [0, ""]);
  using backend = openCpu({ threads: 1 });
  const bytes = await Deno.readFile(`${path}/photos.program.safetensors`);
  using program = await loadProgram(bytes, { backend });
  program.run({ input: data.slice(0, 768) });
  const probabilities = [...(await program.read()).probabilities!];
  assertLess(Math.max(...probabilities.map((p, i) => Math.abs(p - rows[0]![i]!))), 1e-5);

  const card = await Deno.readTextFile(`${path}/photos.md`);
  for (
    const text of [
      'license: "CC0-1.0"',
      "`columns`, `rows`, `squares`",
      "--test-split 0.2",
      "| test | 36 |",
    ]
  ) {
    assertStringIncludes(card, text);
  }
  const summary = JSON.parse(await Deno.readTextFile(`${path}/runs/photos/run.json`));
  assertEquals(summary.data.counts, { train: 130, validation: 14, test: 36 });
  const again = await call(...exporting);
  assertEquals(again.code, 1);
  assertStringIncludes(again.stderr, "it already exists");
});
