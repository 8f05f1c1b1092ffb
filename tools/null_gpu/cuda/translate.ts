/**
 * Translates WGSL, as the backend prints it, to CUDA C++. NVIDIA's compiler for shaders is part of its
 * driver, which only runs on its GPUs; the one for CUDA runs anywhere.
 * @module
 */

interface Binding {
  readonly name: string;
  readonly type: string;
}

/**
 * One shader as a kernel `name`. Bounds of loops and of indices of workgroup memory are checked as
 * WebGPU's compilers do. Those of storage buffers are not: GPUs check them without instructions.
 * One workgroup at a time must be enough for the compiler: otherwise, it spills registers that it
 * has, so that more workgroups fit at the same time.
 * @throws {Error} if the shader has no entry point
 */
export function translateShader(source: string, name: string): string {
  const [, size] = /@workgroup_size\((\d+)\)/.exec(source) ?? [];
  if (size === undefined) throw new Error("Cannot translate a shader: it has no entry point");
  const bindings = bindingsOf(source);
  const parameters = bindings.map(({ name, type }) => `${type}* __restrict__ ${name}`).join(", ");
  return `namespace ${name}_shader {
${sharedMemory(source)}
struct Shader {
${bindings.map(({ name, type }) => `${type}* __restrict__ ${name};`).join("\n")}
${translateFunctions(source)}
};
}
extern "C" __global__ void __launch_bounds__(${size}, 1) ${name}(${parameters}) {
  ${name}_shader::Shader shader{${bindings.map(({ name }) => name).join(", ")}};
  shader.entry({blockIdx.x, blockIdx.y, blockIdx.z}, threadIdx.x);
}
`;
}

function bindingsOf(source: string): Binding[] {
  const found = source.matchAll(/@binding\(\d+\) var<storage, (\w+)> (\w+): array<(\w+)>;/g);
  return [...found].map(([, access, name = "", element]) => ({
    name,
    type: access === "read" ? `const ${element}` : `${element}`,
  }));
}

function sharedMemory(source: string): string {
  const found = source.matchAll(/^var<workgroup> (\w+): array<(\w+), (\d+)>;/gm);
  return [...found].map(([, name, element, size]) =>
    `__shared__ Clamped<${element}, ${size}> ${name};`
  ).join("\n");
}

const functions = "abs|sqrt|round|floor|ceil|trunc|exp|log|sin|cos";

/** WGSL → C++, in this order. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/^(?:@group|var<).*$/gm, ""], // declared elsewhere
  [/@compute @workgroup_size\(\d+\)/g, ""],
  [/@builtin\(\w+\) /g, ""],
  [/\bfn main\(/g, "fn entry("],
  [/\bvec4<bool>/g, "vec4<bool>"],
  [/\bf32\(0x/g, "f32(0x"],
  [/(?<![\w.])(\d+)i\b/g, "$1"],
  [/(?<![\w.])(\d+\.\d*(?:e[-+]?\d+)?)(?![\w.])/g, "$1f"],
  [/\bvar (\w+): ([\w<>]+);/g, "$2 $1{};"],
  [/\b(?:let|var) (\w+): ([\w<>]+) = /g, "$2 $1 = "],
  [/\blet /g, "const auto "],
  [/\bconst auto (\w+) = -?(\d+)u;/g, "const u32 $1 = $2u;"],
  [/\bvar /g, "auto "],
  [new RegExp(`\\b(${functions})\\(`, "g"), "wgsl_$1("],
  [/\b(?:workgroup|storage)Barrier\(\)/g, "__syncthreads()"],
];

function translateFunctions(source: string): string {
  const body = rules.reduce((text, [pattern, replacement]) => {
    return text.replace(pattern, replacement);
  }, source);
  let loops = 0;
  return body
    .replace(/\bfn (\w+)\(([^)]*)\)(?: -> ([\w<>]+))? \{/g, (_, name, list, result = "void") => {
      const parameters = String(list).split(",").map((part) => part.trim()).filter(Boolean);
      const typed = parameters.map((part) => part.replace(/^(\w+): (.*)$/, "$2 $1"));
      return `__device__ __forceinline__ ${result} ${name}(${typed.join(", ")}) {`;
    })
    .replace(/^(\s*)(for \(.*\)) \{$/gm, (_, indent, head) => {
      const bound = `bound${loops++}`;
      return `${indent}LoopBound ${bound}; ${head} { if (${bound}.isReached()) break;`;
    });
}
