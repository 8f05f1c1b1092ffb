/** An environment variable; `undefined` if it is not set, or may not be read. Does not prompt. */
export function environmentVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** Whether the permission `--allow-ffi` is given: for native code and libraries of MPI. Does not prompt. */
export function mayRunNativeCode(): boolean {
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}
