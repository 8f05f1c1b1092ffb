import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { rooms, type Sources, violations, workshops } from "./rooms.ts";

const root = new URL("../", import.meta.url);

async function readSources(folder: string, sources: Map<string, string>): Promise<void> {
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) await readSources(`${path}/`, sources);
    else if (path.endsWith(".ts")) sources.set(path, await Deno.readTextFile(new URL(path, root)));
  }
}

/** All TypeScript of the repository: the top level, and every folder that is not hidden or ignored. */
async function repository(): Promise<Sources> {
  const sources = new Map<string, string>();
  const skipped = ["node_modules", ...config.exclude.map((path) => path.replace(/\/$/, ""))];
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    if (name.startsWith(".") || skipped.includes(name)) continue;
    if (isDirectory) await readSources(`${name}/`, sources);
    else if (name.endsWith(".ts")) sources.set(name, await Deno.readTextFile(new URL(name, root)));
  }
  return sources;
}

Deno.test("no file imports what its room may not", async () => {
  const sources = await repository();
  assert(sources.size > 20, `only ${sources.size} files were found`);
  assertEquals(violations(sources), []);
});

Deno.test("every folder with source is a room or a workshop", async () => {
  const folders = new Set([...(await repository()).keys()].filter((path) => path.includes("/")));
  const names = new Set([...folders].map((path) => path.slice(0, path.indexOf("/"))));
  const unknown = [...names].filter((name) => !rooms.has(name) && !workshops.includes(name));
  assertEquals(unknown, []);
});

Deno.test("the table of rooms has no circle", () => {
  const placed = new Set<string>();
  for (let before = -1; before !== placed.size;) {
    before = placed.size;
    for (const [name, { rooms: needed }] of rooms) {
      if (needed.every((other) => placed.has(other))) placed.add(name);
    }
  }
  assertEquals(placed.size, rooms.size);
});

// The check is only worth something if it can fail: each broken rule, in the smallest source.
const broken: readonly [rule: string, sources: Record<string, string>, reason: string][] = [
  ["a wrong room", { "graph/a.ts": 'import { b } from "../gpu/mod.ts";' }, "graph/ may not import"],
  ["a re-export", { "cpu/a.ts": 'export * from "../autograd/mod.ts";' }, "cpu/ may not import"],
  ["a workshop", { "cli/a.ts": 'import { b } from "../tests/b.ts";' }, "may not import tests/"],
  ["many lines", { "layers/a.ts": 'import {\n  b,\n} from "../optim/mod.ts";' }, "may not import"],
  ["values for types", { "live/a.ts": 'import { b } from "../cli/b.ts";' }, "may not"],
  ["a dynamic import", { "graph/a.ts": 'await import("../cpu/mod.ts");' }, "may not import cpu/"],
  [
    "a worker",
    { "gpu/a.ts": 'new URL("../cpu/worker.ts", import.meta.url)' },
    "may not import cpu",
  ],
  ["a private file", { "cli/a.ts": 'import { b } from "../gpu/_b.ts";' }, "the private file"],
  ["a package", { "optim/a.ts": 'import { z } from "zod";' }, 'the package "zod"'],
  ["a jsr package", { "gpu/a.ts": 'import "jsr:@std/assert";' }, "the package"],
  ["a built-in", { "cli/a.ts": 'import fs from "node:fs";' }, 'the package "node:fs"'],
  ["a deep entry", { "mod.ts": 'export { a } from "./gpu/a.ts";' }, "only a room's mod.ts"],
  ["a folder without a row", { "misc/a.ts": 'import "./b.ts";' }, "lies in no room"],
  ["a WebGPU type", { "autograd/a.ts": "let device: GPUDevice;" }, '"GPUDevice"'],
  ["WGSL", { "graph/a.ts": "const code = `@compute @workgroup_size(64)`;" }, '"@compute"'],
  ["WebAssembly", { "graph/a.ts": "WebAssembly.validate(bytes);" }, "belongs to cpu/"],
  ["using", { "optim/a.ts": "async () => {\n  await using a = b();\n};" }, "await using a ="],
  ["a recent function", { "gpu/a.ts": "Map.groupBy(a, b);" }, "Map.groupBy"],
  ["a built-in module at once", { "datasets/a.ts": 'import { a } from "node:crypto";' }, "node:"],
  [
    "a pathname",
    { "cli/a.ts": 'new URL("a", import.meta.url)' + ".pathname;" },
    "a URL's pathname for a path",
  ],
  ["a recent method", { "train/a.ts": "a.union(b);" }, ".union("],
  [
    "a cycle",
    {
      "graph/a.ts": 'import { b } from "./b.ts";',
      "graph/b.ts": 'export * from "./c.ts";',
      "graph/c.ts": 'import { a } from "./a.ts";',
    },
    "graph/a.ts → graph/b.ts → graph/c.ts → graph/a.ts",
  ],
  [
    "a cycle of types",
    {
      "graph/b.ts": 'import type { C } from "./c.ts";\nexport interface B { c: C }',
      "graph/c.ts": 'import { b } from "./b.ts";',
    },
    "graph/b.ts → graph/c.ts → graph/b.ts",
  ],
];

for (const [rule, sources, reason] of broken) {
  Deno.test(`the check of rooms refuses ${rule}`, () => {
    const found = violations(new Map(Object.entries(sources)));
    assertEquals(found.length, 1, found.join("\n"));
    assertStringIncludes(found[0] ?? "", reason);
  });
}

Deno.test("the check of rooms accepts what the table allows", () => {
  const allowed = {
    "mod.ts": 'export * from "./graph/mod.ts";',
    "gpu/a.ts": 'import type {} from "@webgpu/types";\nlet d: GPUDevice; const s = "@compute";',
    "cli/a.ts":
      'import { ProgressBar } from "@std/cli/unstable-progress-bar";\nimport "../gpu/mod.ts";',
    "datasets/a.ts": 'import type { Shape } from "../graph/types.ts";',
    "graph/a.ts": '// import "../gpu/mod.ts"\n/**\n * import { a } from "zod";\n */',
    "cli/b.ts": "using a = b();",
    "figures/a.ts": "/** @example using a = b(); */",
    "tests/a_test.ts": 'import { assert } from "@std/assert";\nimport "../gpu/_a.ts";',
  };
  assertEquals(violations(new Map(Object.entries(allowed))), []);
});

Deno.test("every room of the library defines missing symbols before any class", async () => {
  const sources = await repository();
  for (const [path, text] of sources) {
    if (!/^\w+\/mod\.ts$/.test(path) || !rooms.has(path.split("/")[0]!)) continue;
    if (["cli", "live"].some((room) => path.startsWith(room))) continue;
    const [first] = /^(?:import|export)\b[^;]*;/m.exec(text) ?? [];
    assertStringIncludes(first ?? "", 'dispose.ts";', path);
  }
});
