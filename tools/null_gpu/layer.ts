/**
 * Builds the Vulkan layer and finds the driver.
 * @module
 */
import { driverFolders } from "../permissions.ts";

/** A compiler or driver is not installed. */
export class MissingTool extends Error {
  override readonly name = "MissingTool";

  /** Names what is missing: Debian's package. */
  constructor(debianPackage: string) {
    super(
      `Cannot compile for a GPU that is not there: ${debianPackage} must be installed ` +
        "(the name of Debian's package): or use --no-compile",
    );
  }
}

/** Name of the layer, for Vulkan's loader. */
export const LAYER_NAME = "VK_LAYER_GSPACE_null_gpu";

const source = `${import.meta.dirname}/layer.c`;

const manifest = {
  file_format_version: "1.2.0",
  layer: {
    name: LAYER_NAME,
    type: "GLOBAL",
    library_path: "./liblayer.so",
    api_version: "1.3.0",
    implementation_version: "1",
    description: "Compiles for a GPU that is not there",
  },
};

/**
 * Builds the layer in a folder.
 * @throws {MissingTool} without a C compiler or Vulkan's headers
 */
export async function buildLayer(folder: string): Promise<void> {
  const { success, message } = await runCompiler([
    ...["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"],
    ...[source, "-o", `${folder}/liblayer.so`],
  ]);
  if (!success) {
    if (/vulkan\/\w+\.h/.test(message)) throw new MissingTool("libvulkan-dev");
    throw new Error(`Cannot build ${source}: gcc must accept it: current is\n${message}`);
  }
  await Deno.writeTextFile(`${folder}/layer.json`, JSON.stringify(manifest));
}

async function runCompiler(args: string[]): Promise<{ success: boolean; message: string }> {
  try {
    const command = new Deno.Command("gcc", { args, stdout: "null", stderr: "piped" });
    const { success, stderr } = await command.output();
    return { success, message: new TextDecoder().decode(stderr) };
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? new MissingTool("gcc") : error;
  }
}

/**
 * The manifest of one of Mesa's drivers.
 * @param start of its name, for example `radeon_icd`
 * @throws {MissingTool} if it is not installed
 */
export async function findDriver(start: string): Promise<string> {
  for (const folder of driverFolders) {
    try {
      for await (const { name } of Deno.readDir(folder)) {
        if (name.startsWith(start) && name.endsWith(".json")) return `${folder}/${name}`;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new MissingTool("mesa-vulkan-drivers");
}
