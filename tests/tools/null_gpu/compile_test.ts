import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { compileShaders } from "../../../tools/null_gpu/compile.ts";
import { judgedFamilies } from "../../../tools/gpu_report/check.ts";
import { buildLayer, findDriver, MissingTool } from "../../../tools/null_gpu/layer.ts";
import { temporaryFolder } from "../../cli/command.ts";

/** Why nothing can be compiled on this machine, if so. */
async function missingTool(): Promise<string | undefined> {
  await using folder = await temporaryFolder();
  try {
    await findDriver("radeon_icd");
    await buildLayer(folder.path);
  } catch (error) {
    if (error instanceof MissingTool) return error.message;
    throw error;
  }
}

const missing = await missingTool();
if (missing !== undefined) console.error(`NOTE: tests of the null GPU are ignored: ${missing}`);

function compilerTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: missing !== undefined, fn });
}

/** A shader with so many floats of workgroup memory. */
function shaderWith(floats: number): string {
  return `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
var<workgroup> rows: array<f32, ${floats}>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  rows[lane] = x[lane];
  workgroupBarrier();
  x[lane] = rows[63u - lane];
}`;
}

for (const family of judgedFamilies) {
  compilerTest(`shaders are compiled for ${family}, in order`, async () => {
    const sizes = [1024, 256, 512];
    const compiled = await compileShaders(family, sizes.map(shaderWith));
    const statistic = (name: string) => compiled.map(({ statistics }) => statistics.get(name));
    assertEquals(statistic("LDS size"), sizes.map((floats) => 4 * floats));
    assertEquals(statistic("Spilled VGPRs"), [0, 0, 0]);
    assert(compiled.every(({ assembly }) => assembly.includes("s_endpgm")));
  });
}

compilerTest("families have different machine code", async () => {
  const [first, second] = await Promise.all(
    judgedFamilies.map((family) => compileShaders(family, [shaderWith(256)])),
  );
  assertNotEquals(first?.[0]?.assembly, second?.[0]?.assembly);
});

compilerTest("a shader that WebGPU refuses fails with its message", async () => {
  await assertRejects(
    () => compileShaders("gfx1100", [shaderWith(256), "fn nothing() -> missing {}"]),
    Error,
    "missing",
  );
});
