// Prints the flag that maps @std to the stand-ins of tools/offline, only if JSR cannot be reached.
// It tries the real thing: a filled cache without network counts as reachable, and a package whose
// content does not match deno.lock ends this process, so the fallback cannot hide it.

/** The flags that `deno run` needs to find @std. */
export async function stdFlags(): Promise<readonly string[]> {
  for (const name of ["@std/assert", "@std/cli/parse-args", "@std/cli/unstable-progress-bar"]) {
    try {
      await import(name);
    } catch {
      console.error(`note: ${name} could not be loaded from JSR; using tools/offline instead`);
      return ["--import-map=tools/offline/import_map.json"];
    }
  }
  return [];
}

if (import.meta.main) console.log((await stdFlags()).join(" "));
