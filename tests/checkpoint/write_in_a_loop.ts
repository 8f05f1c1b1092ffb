// Run by atomic_file_test.ts as a process of its own:
//   write_in_a_loop.ts once|atomic|plain <path>
import { writeFileAtomic } from "../../checkpoint/atomic_file.ts";

const [mode = "", path = ""] = Deno.args;
const versions = [1, 2, 3].map((value) => new Uint8Array(4_000_000).fill(value));

async function write(bytes: Uint8Array): Promise<void> {
  if (mode === "plain") await Deno.writeFile(path, bytes);
  else await writeFileAtomic(path, bytes);
}

try {
  for (let count = 0; mode !== "once" || count < 1; count++) {
    await write(versions[count % versions.length] ?? new Uint8Array());
    if (count === 0) console.log("written");
  }
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
