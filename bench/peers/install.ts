/**
 * Installs other frameworks into a temporary folder, and returns the commands that start them.
 * @module
 */
import type { ContenderCommand } from "./contender_process.ts";

/** Packages without fixed versions, so that the latest ones are compared. */
const packages = {
  "@jax-js/jax": "*",
  "@tensorflow/tfjs": "*",
  "@tensorflow/tfjs-backend-wasm": "*",
  "@tensorflow/tfjs-backend-webgpu": "*",
};

/** Scripts to copy into the folder, where packages can be imported by name. */
const scripts = [
  "inputs.ts",
  "conv_inputs.ts",
  "recurrent_inputs.ts",
  "measure.ts",
  "peers/protocol.ts",
  "peers/jax_js_training.ts",
  "peers/jax_js_recurrent.ts",
  "peers/jax_js_transformer.ts",
  ...["jax_js", "tensorflow_js"].flatMap((peer) => [
    `peers/${peer}.ts`,
    `peers/${peer}_api.ts`,
    `peers/${peer}_conv.ts`,
  ]),
];

/** A folder with installed peers, which is removed on disposal. */
interface PeerFolder extends AsyncDisposable {
  /** Names and versions, for example `@jax-js/jax 0.1.25`. */
  readonly versions: readonly string[];
  /** Commands of the peers that support a device. */
  commands(device: "cpu" | "gpu"): ContenderCommand[];
}

/** Installs the peers. */
export async function installPeers(): Promise<PeerFolder> {
  const folder = await Deno.makeTempDir({ prefix: "gspace-peers-" });
  const interrupt = () => {
    Deno.removeSync(folder, { recursive: true });
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  const remove = async () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await Deno.writeTextFile(
      `${folder}/package.json`,
      JSON.stringify({ type: "module", dependencies: packages }),
    );
    await Deno.mkdir(`${folder}/peers`);
    for (const script of scripts) {
      const url = new URL(`../${script}`, import.meta.url);
      await Deno.writeTextFile(`${folder}/${script}`, await Deno.readTextFile(url));
    }
    await install(folder);
    return {
      versions: await Promise.all(Object.keys(packages).map((name) => versionOf(folder, name))),
      commands: (device) => commandsOf(folder, device),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot install the peers: npm must be reachable: ${reason}`);
}

async function versionOf(folder: string, name: string): Promise<string> {
  const text = await Deno.readTextFile(`${folder}/node_modules/${name}/package.json`);
  const { version }: { version: string } = JSON.parse(text);
  return `${name} ${version}`;
}

/** Permissions that the packages need. They write nothing and need no network. */
function permissionsOf(folder: string): readonly string[] {
  return ["--no-prompt", `--allow-read=${folder}`, "--allow-env", "--allow-sys"];
}

function commandsOf(folder: string, device: "cpu" | "gpu"): ContenderCommand[] {
  const backend = device === "cpu" ? "wasm" : "webgpu";
  const run = (framework: string, script: string) => ({
    framework,
    command: Deno.execPath(),
    args: ["run", "--quiet", "--no-check", ...permissionsOf(folder), `peers/${script}`, backend],
    cwd: folder,
  });
  return [run("jax-js", "jax_js.ts"), run("tfjs", "tensorflow_js.ts")];
}
