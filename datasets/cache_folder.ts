/**
 * The location of the cache for downloaded data.
 *
 * | system | folder |
 * | --- | --- |
 * | any, if `XDG_CACHE_HOME` is an absolute path | `$XDG_CACHE_HOME/gspace` |
 * | Windows | `%LOCALAPPDATA%\gspace` |
 * | macOS | `~/Library/Caches/gspace` |
 * | others | `~/.cache/gspace` |
 * @module
 */

/** What decides where a system keeps its caches. */
interface System {
  /** Name of the operating system, as `Deno.build.os`. */
  readonly os: string;
  /** Value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
}

/** The environment variables that decide where the cache is, in the order they are read. */
export function cacheVariables(os: string): readonly string[] {
  return ["XDG_CACHE_HOME", os === "windows" ? "LOCALAPPDATA" : "HOME"];
}

/** Gspace's cache folder, or `undefined` if the environment does not define one. */
export function cacheFolder({ os, variable }: System): string | undefined {
  const [xdg, own] = cacheVariables(os).map((name) => variable(name) ?? "");
  // The XDG specification: "All paths […] must be absolute", others are to be ignored.
  if (xdg !== undefined && /^(?:\/|[A-Za-z]:[\\/])/.test(xdg)) return `${trim(xdg)}/gspace`;
  if (own === undefined || own === "") return undefined;
  if (os === "windows") return `${trim(own)}/gspace`;
  return `${trim(own)}/${os === "darwin" ? "Library/Caches" : ".cache"}/gspace`;
}

function trim(path: string): string {
  return path.replace(/[\\/]+$/, "");
}
