/** Runs `train` on ranks within this process, and compares what they write. */
import { assert, assertEquals } from "@std/assert";
import { decodeSafetensors, toFloat32 } from "../../../checkpoint/mod.ts";
import { Ranks } from "../../../cli/ranks/ranks.ts";
import { requestedRun } from "../../../cli/settings/train_flags.ts";
import { train } from "../../../cli/train.ts";
import { inProcess } from "../../../distributed/mod.ts";

/** Flags of a small run on one thread. */
export const small: readonly string[] = [
  "--device=cpu",
  "--threads=1",
  "--dataset=synthetic",
  "--limit=53",
  "--test-limit=29",
  "--batch=16",
  "--quiet",
];

/**
 * Trains on ranks of this process, each with the flags of its number; the last ones are also those of
 * all further ranks. Gives what was printed.
 */
export async function trainOn(
  size: number,
  ...flags: readonly (readonly string[])[]
): Promise<string> {
  const requests = await Promise.all(flags.map((each) => requestedRun(each)));
  const printed: string[] = [];
  const { log, error } = console;
  console.log = console.error = (...parts: unknown[]) => void printed.push(parts.join(" "));
  try {
    if (size === 1) await train(requests[0]!);
    else {
      await inProcess(size, (communicator) => {
        const request = requests[Math.min(communicator.rank, requests.length - 1)]!;
        return train(request, new Ranks(communicator));
      });
    }
    return printed.join("\n");
  } finally {
    console.log = log;
    console.error = error;
  }
}

/** Largest difference between the tensors of two files, which must have the same names and sizes. */
export async function distance(one: string, two: string): Promise<number> {
  const [a, b] = await Promise.all(
    [one, two].map(async (path) => decodeSafetensors(await Deno.readFile(path)).tensors),
  );
  assert(a!.size > 0, "no tensors");
  assertEquals([...a!.keys()].toSorted(), [...b!.keys()].toSorted());
  const distances = [...a!].map(([name, tensor]) => {
    const [own, other] = [toFloat32(tensor), toFloat32(b!.get(name)!)];
    assertEquals(own.length, other.length, name);
    return Math.max(0, ...own.map((x, i) => Math.abs(x - other[i]!)));
  });
  return Math.max(...distances);
}

/** Names of all files in a folder, and in those below it. */
export async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) names.push(name);
    else names.push(...(await filesOf(`${folder}/${name}`)).map((each) => `${name}/${each}`));
  }
  return names.toSorted();
}
