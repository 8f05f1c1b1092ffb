/**
 * Measures how long a folder of 50,000 images of 32×32 takes to load, and how much memory. Prints a
 * row for RESULTS.md. Linux only, because the largest memory of a process is in /proc.
 *
 *     deno run -A bench/images.ts
 *
 * @module
 */
import { loadImageFolder } from "../datasets/mod.ts";
import { encodePng } from "../formats/mod.ts";
import { hostBits } from "../graph/mod.ts";
import { offlineFlags } from "../tools/offline_flags.ts";

const [COUNT, CLASSES, SIZE, ROUNDS] = [50_000, 10, 32, 5];

/** Writes PNG files of smooth colors with noise, about 2 kB each, in ten folders. */
async function writeImages(folder: string): Promise<void> {
  const bits = hostBits({ seed: 1, stream: 0 });
  let drawn = 0;
  for (let label = 0; label < CLASSES; label++) await Deno.mkdir(`${folder}/${label}`);
  for (let image = 0; image < COUNT; image++) {
    const base = bits(drawn++);
    const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => {
      const [x, y, channel] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE), i % 3];
      return (base >>> 8 * channel & 127) + 2 * x + y + (bits(drawn++) >>> 29);
    });
    const png = await encodePng({ width: SIZE, height: SIZE, channels: 3, data });
    await Deno.writeFile(`${folder}/${image % CLASSES}/${image}.png`, png);
  }
}

/** Memory of this process in bytes: `VmRSS` now, `VmHWM` at most. */
async function memory(name: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return 1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]);
}

/** Loads the folder in this process, and says how long it took. */
async function load(folder: string): Promise<void> {
  const before = await memory("VmRSS");
  const start = performance.now();
  let reports = 0;
  const { train } = await loadImageFolder(folder, { onProgress: () => reports++ });
  const seconds = (performance.now() - start) / 1000;
  const share = (await memory("VmHWM") - before) / train.x.byteLength;
  console.log(JSON.stringify({ count: train.count, seconds, share, reports }));
}

/** Loads the folder several times, each in a process of its own. */
async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gspace_images_" });
  try {
    await writeImages(folder);
    const found: { count: number; seconds: number; share: number; reports: number }[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const { success, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-lock", ...offlineFlags(), import.meta.filename!, folder],
        stderr: "inherit",
      }).output();
      if (!success) throw new Error("Cannot measure a folder of images: loading it failed");
      found.push(JSON.parse(new TextDecoder().decode(stdout)));
    }
    console.log("| images | s, of five runs | memory ÷ pixels | reports of progress |");
    console.log("| --- | --- | --- | --- |");
    const list = (values: readonly number[], digits: number) =>
      values.map((value) => value.toFixed(digits)).join(", ");
    console.log(
      `| ${found[0]!.count} | ${list(found.map(({ seconds }) => seconds), 1)} | ` +
        `${list(found.map(({ share }) => share), 2)} | ${found[0]!.reports} |`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const [folder] = Deno.args;
await (folder === undefined ? main() : load(folder));
