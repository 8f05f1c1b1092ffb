const NAME = "XDG_RUNTIME_DIR";

/**
 * Runs `request` with `XDG_RUNTIME_DIR` set, because Mesa's Vulkan driver warns on stderr if it is
 * missing. Only does so if permission is already granted; never prompts for it.
 */
export async function withRuntimeDirectory<Result>(
  request: () => Promise<Result>,
): Promise<Result> {
  if (!mayChange() || Deno.env.get(NAME) !== undefined) return await request();
  Deno.env.set(NAME, "/tmp");
  try {
    return await request();
  } finally {
    Deno.env.delete(NAME);
  }
}

function mayChange(): boolean {
  if (!("Deno" in globalThis) || Deno.build.os !== "linux") return false;
  return Deno.permissions.querySync({ name: "env", variable: NAME }).state === "granted";
}
