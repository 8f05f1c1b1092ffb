// Prints the flag that maps @std to the replacements in tools/offline if JSR cannot be reached, and
// nothing otherwise. It tries to import the packages: a filled cache without a network counts as
// reachable, and a package that does not match deno.lock ends this process, so the fallback cannot
// hide it.

/** Returns the flags that `deno run` needs to find @std. */
export async function stdFlags(): Promise<readonly string[]> {
  for (const name of ["@std/assert", "@std/cli/unstable-progress-bar"]) {
    try {
      await import(name);
    } catch {
      console.error(`note: ${name} cannot be loaded from JSR: using tools/offline instead`);
      return ["--import-map=tools/offline/import_map.json"];
    }
  }
  return [];
}

if (import.meta.main) console.log((await stdFlags()).join(" "));
