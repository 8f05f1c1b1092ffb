/**
 * Prints the flag that hides AVX-512 from the CPU backend, beside what `std_flags.ts` prints, so
 * that `deno task test-avx2` runs on AVX2 what other processors would. The flag is an import map: it
 * replaces the file that asks the processor, also in workers. Programs that tests start do not
 * inherit it.
 * @module
 */
import { stdFlags } from "./std_flags.ts";

/** An import map, of which only `imports` is used in this repository. */
interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
}

const processor = import.meta.resolve("../cpu/native/processor.ts");
const capped = import.meta.resolve("../tests/cpu/native/_avx2_processor.ts");

/** Returns an import map with which the CPU backend finds no AVX-512. */
async function avx2ImportMap() {
  const [flag] = await stdFlags();
  const base = new URL(flag ? `../${flag.split("=")[1]}` : "../deno.json", import.meta.url);
  const { imports }: ImportMap = JSON.parse(await Deno.readTextFile(base));
  const absolute = Object.entries(imports).map(([name, target]) => [
    name,
    target.startsWith(".") ? new URL(target, base).href : target,
  ]);
  return {
    imports: { ...Object.fromEntries(absolute), [processor]: capped },
    scopes: { [capped]: { [processor]: processor } },
  };
}

if (import.meta.main) {
  const map = JSON.stringify(await avx2ImportMap());
  console.log(`--import-map=data:application/json,${encodeURIComponent(map)}`);
}
