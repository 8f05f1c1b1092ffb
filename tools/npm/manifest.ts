import config from "../../deno.json" with { type: "json" };

/**
 * Modules that are not in the npm package: commands and servers, which need Deno, and rooms that draw
 * or check with large packages.
 */
const onlyInDeno: readonly string[] = ["./cli", "./live", "./figures", "./metrics"];

/** The modules of the npm package by the names under which they are imported, and their files. */
export const modules: ReadonlyMap<string, string> = new Map(
  Object.entries(config.exports).filter(([name]) => !onlyInDeno.includes(name)),
);

/** Files that take the place of others where a program is bundled for browsers. */
export const onPages: ReadonlyMap<string, string> = new Map([
  ["./cpu/native/open_native.ts", "./cpu/native/open_native_on_pages.ts"],
]);

/** Files that programs for browsers do without, because they only load them to generate native code. */
const notOnPages: readonly string[] = ["./cpu/native_parts.ts"];

/** The packages that decode pictures and CSV files, loaded with the first such file. */
export const decoders = ["fflate", "jpeg-js", "papaparse"] as const;

/** The package.json of the npm package. */
export function manifest(): Record<string, unknown> {
  const { name, version, license } = config;
  return {
    name,
    version,
    description:
      "Deep learning on WebGPU and WebAssembly, with G-SGD, which steps in rescaling-invariant space",
    license,
    type: "module",
    dependencies: Object.fromEntries(
      decoders.map((name) => [name, config.imports[name].replace(/^.*@/, "")]),
    ),
    engines: { node: ">=20" },
    exports: Object.fromEntries(
      [...modules].map(([name, file]) => [name, {
        types: file.replace(/\.ts$/, ".d.ts"),
        default: compiled(file),
      }]),
    ),
    // The entries of modules define nothing, but they import dispose.js.
    sideEffects: ["./graph/dispose.js", "./mod.js", "./*/mod.js"],
    // What only Node needs of it is imported when it is called, and native code needs Deno.
    browser: {
      "node:crypto": false,
      "node:fs/promises": false,
      ...Object.fromEntries([...onPages].map((files) => files.map(compiled))),
      ...Object.fromEntries(notOnPages.map((file) => [compiled(file), false])),
    },
  };
}

/** The path of a file after compilation. */
function compiled(file: string): string {
  return file.replace(/\.ts$/, ".js");
}
