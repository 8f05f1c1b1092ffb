/** The rooms of the project as data, and the check that the source keeps to them. */

/** What the files of one room may import from outside of it. */
export interface Room {
  /** Rooms whose files may be imported. */
  readonly rooms: readonly string[];
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[];
  /** Files beside the rooms that may be imported. */
  readonly files?: readonly string[];
  /** Packages that may be imported, sub-paths included. */
  readonly packages?: readonly string[];
}

const library = [
  "graph",
  "program",
  "autograd",
  "layers",
  "optim",
  "datasets",
  "checkpoint",
  "formats",
  "onnx",
  "distributed",
  "train",
  "gpu",
  "cpu",
];

/** Every room that is published. `workshops` may import anything. */
export const rooms: ReadonlyMap<string, Room> = new Map<string, Room>([
  ["graph", { rooms: [] }],
  ["program", { rooms: ["checkpoint", "graph"] }],
  ["autograd", { rooms: ["graph", "program"] }],
  ["layers", { rooms: ["autograd", "graph"] }],
  ["optim", { rooms: ["autograd", "graph"] }],
  ["datasets", {
    rooms: ["checkpoint", "formats", "graph"],
    packages: ["node:crypto", "node:fs/promises"],
  }],
  ["checkpoint", { rooms: ["graph"] }],
  ["formats", { rooms: ["checkpoint", "graph"], packages: ["fflate", "jpeg-js", "papaparse"] }],
  ["onnx", { rooms: ["autograd", "checkpoint", "graph", "layers"] }],
  ["distributed", { rooms: ["autograd", "graph", "program"] }],
  ["train", { rooms: ["autograd", "graph", "layers", "optim", "datasets", "distributed"] }],
  ["gpu", { rooms: ["graph"], packages: ["@webgpu/types"] }],
  ["cpu", { rooms: ["graph"] }],
  ["device", { rooms: ["graph", "gpu", "cpu"] }],
  ["figures", { rooms: ["graph"], packages: ["@observablehq/plot", "linkedom"] }],
  ["metrics", { rooms: ["graph", "checkpoint"], packages: ["zod"] }],
  ["live", {
    rooms: ["graph", "optim", "figures", "checkpoint", "metrics"],
    packages: ["uplot"],
  }],
  ["cli", {
    rooms: [...library, "device", "figures", "metrics", "live"],
    files: ["deno.json"],
    packages: ["@std/cli", "node:url", "node:util", "zod"],
  }],
]);

/** Rooms without rules of their own; no published room may import them. */
export const workshops: readonly string[] = [
  "tests",
  "bench",
  "tools",
  "reproduce",
  "report",
  "site",
  "examples",
];

/** Words that belong to one room, and may stand in the code of no other. */
const vocabulary: readonly { readonly rooms: readonly string[]; readonly words: RegExp }[] = [
  { rooms: ["gpu"], words: /\bGPU[A-Z]\w+|\bnavigator\s*\.\s*gpu\b/ },
  { rooms: ["gpu"], words: /@compute\b|@workgroup_size\b|@binding\(|\bvar<(?:storage|workgroup)/ },
  { rooms: ["cpu"], words: /\bWebAssembly\s*\.\s*\w+/ },
  { rooms: ["cpu", "distributed"], words: /\bDeno\s*\.\s*(?:dlopen|Unsafe\w+)/ },
];

/** Rooms that also run in browsers and in Node. */
const portable: ReadonlySet<string> = new Set([...library, "device", "figures", "metrics"]);

/** Syntax and functions that browsers of the last two years, or Node 20, do not have. */
const recent: readonly RegExp[] = [
  /^\s*(?:await\s+)?using\s+\w+\s*=/m,
  /\b(?:Map|Object)\s*\.\s*groupBy\b/,
  /\bPromise\s*\.\s*(?:withResolvers|try)\b/,
  /\bArray\s*\.\s*fromAsync\b/,
  /^import\b[^;]*"node:/m,
  /\.(?:toHex|toBase64|setFromHex|setFromBase64|getFloat16|setFloat16)\(|\bFloat16Array\b/,
  /\b(?:keys|values|entries)\(\)\s*\.\s*(?:map|filter|flatMap|some|every|find|reduce|toArray)\b/,
  /\.(?:union|intersection|difference|symmetricDifference|isDisjointFrom|isSubsetOf|isSupersetOf)\(/,
];

/** One import statement of a file. */
interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Paths relative to the repository's root, and the text of each file. */
export type Sources = ReadonlyMap<string, string>;

/** The rules that the sources break, one sentence each. */
export function violations(sources: Sources): readonly string[] {
  const found = [...sources].flatMap(([path, text]) => [
    ...importsOf(text).flatMap((imported) => judge(path, imported) ?? []),
    ...strayWords(path, text),
    ...recentWords(path, text),
    ...pathsOfUrls(path, text),
  ]);
  return [...found, ...cycles(sources)];
}

function roomOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

/** Finds static and dynamic imports, and files named by a URL next to this one (workers). */
function importsOf(text: string): readonly Import[] {
  const found: Import[] = [];
  const code = withoutComments(text);
  const statement = /^\s*(?:import|export)\b(\s+type\b)?([^;"']*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
  for (const [, type, , specifier = ""] of code.matchAll(statement)) {
    found.push({ specifier, typeOnly: type !== undefined });
  }
  const reference = /\bimport\(\s*["']([^"'\n]+)["']|\bnew URL\(\s*["'](\.[^"'\n]+\.ts)["']/g;
  for (const [, dynamic, file] of code.matchAll(reference)) {
    found.push({ specifier: dynamic ?? file ?? "", typeOnly: false });
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function judge(path: string, { specifier, typeOnly }: Import): string | null {
  const target = resolve(path, specifier);
  const from = roomOf(path);
  const room = rooms.get(from);
  if (path === "mod.ts") {
    const isEntry = target !== null && rooms.has(roomOf(target)) && /^\w+\/mod\.ts$/.test(target);
    return isEntry ? null : `mod.ts imports "${specifier}": only a room's mod.ts may be imported`;
  }
  if (room === undefined) {
    return workshops.includes(from) ? null : `${path} lies in no room of tests/rooms.ts`;
  }
  if (target === null) {
    const allowed = (room.packages ?? []).some((name) =>
      specifier === name || specifier.startsWith(`${name}/`)
    );
    return allowed ? null : `${path} imports the package "${specifier}"`;
  }
  const to = roomOf(target);
  if (to === from || room.files?.includes(target)) return null;
  if (/\/_[^/]*(?:\/|$)/.test(target)) return `${path} imports the private file ${target}`;
  if (room.rooms.includes(to) || (typeOnly && room.types?.includes(to))) return null;
  return `${path} imports ${target}: ${from}/ may not import ${typeOnly ? "types of " : ""}${to}/`;
}

/** The path that a specifier means, or null for a package. */
function resolve(path: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function strayWords(path: string, text: string): readonly string[] {
  const from = roomOf(path);
  if (!rooms.has(from)) return [];
  const code = withoutComments(text);
  return vocabulary.flatMap(({ rooms: [room, ...others], words }) => {
    const word = [room, ...others].includes(from) ? null : words.exec(code);
    return word === null ? [] : [`${path} says "${word[0]}", which belongs to ${room}/`];
  });
}

function recentWords(path: string, text: string): readonly string[] {
  if (!portable.has(roomOf(path))) return [];
  const code = withoutComments(text);
  return recent.flatMap((words) => {
    const word = words.exec(code);
    return word === null ? [] : [
      `${path} says "${word[0].trim()}", which some browsers do not have: see graph/collections.ts`,
    ];
  });
}

/** A URL's path is not a file's: spaces are escaped, and on Windows a slash precedes the drive. */
function pathsOfUrls(path: string, text: string): readonly string[] {
  return /import\.meta\.url\)\.pathname/.test(withoutComments(text))
    ? [`${path} takes a URL's pathname for a path: use import.meta.dirname`]
    : [];
}

/** Circles of imports, those of types included: neither file can be understood without the other. */
function cycles(sources: Sources): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`Import cycle: ${[...trail.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const { specifier } of importsOf(sources.get(path) ?? "")) {
      const target = resolve(path, specifier);
      if (target !== null && sources.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}
