import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { launcherEnvironment } from "../../distributed/launcher.ts";
import { datasetHosts } from "../../datasets/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { browserCommand } from "../../cli/browser_command.ts";
import { type Command, commands, permissionsFor } from "../../tools/permissions.ts";
import { metricsOf, temporaryFolder } from "../cli/command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const root = new URL("../../", import.meta.url);
const rootPath = fileURLToPath(root);
const around = {
  cache: "/home/me/.cache/gspace",
  settings: {},
  execPath: "/bin/deno",
  temporary: "/tmp",
};
const names = Object.keys(commands).filter((name): name is Command => name in commands);
const environment = "TERM,XDG_RUNTIME_DIR,XDG_CACHE_HOME,HOME,LOCALAPPDATA";
const trainEnvironment = [environment, ...launcherEnvironment].join();
const hosts = [...new Set([...datasetHosts.values()].flat())].toSorted();
const net = `--allow-net=${hosts.map((host) => `${host}:443`).join()}`;

/** A permission without a list, or all permissions. */
const bare = /(?:^|\s)(?:--allow-(?:all|read|write|net|run|env|sys|ffi|import)|-[A-Z])(?=\s|$)/;

Deno.test("no user task grants a permission without a list", () => {
  const tasks = Object.entries(config.tasks);
  const wide = tasks.filter(([, { command }]) => bare.test(command)).map(([name]) => name);
  // tests start every command, in temporary folders; clusters set where libraries of MPI are, which
  // Deno passes on only if any process may be started
  assertEquals(wide.toSorted(), ["launch-mpi", "publish-check", "test", "test-avx2", "test-slow"]);
  for (const name of names) {
    const launch = name === "train-mpi" ? "launch-mpi" : "launch";
    assertEquals(config.tasks[name].command, `deno task -q ${launch} ${name}`);
  }
});

Deno.test("no flags make a command grant a permission without a list", () => {
  const calls = [[], ["--out", "a,b"], ["--live"], ["--out="], ["--data-dir", ""], [
    "--run=x",
    "y",
  ]];
  for (const name of names) {
    for (const args of calls) {
      const flags = permissionsFor(name, args, { ...around, cache: undefined });
      const wide = flags.filter((flag) => bare.test(flag));
      // Deno cannot limit native code, so training and sweeps have commands of their own for it.
      const isNative = name === "bench" || /-(native|mpi)$/.test(name);
      assertEquals(wide, isNative ? ["--allow-ffi"] : [], `${name} ${args}`);
    }
  }
});

Deno.test("train reads the checkout and writes its runs and downloads", () => {
  assertEquals(permissionsFor("train", [], around), [
    "--allow-read=.,runs,/home/me/.cache/gspace",
    "--allow-write=runs,/home/me/.cache/gspace",
    `--allow-env=${trainEnvironment}`,
    net,
  ]);
});

for (const name of ["train", "reproduce"] as const) {
  Deno.test(`${name}-native may do what ${name} may, and run native code`, () => {
    for (const args of [[], ["--out", "a", "--live"]]) {
      const flags = permissionsFor(`${name}-native`, args, around);
      assertEquals(flags, [...permissionsFor(name, args, around), "--allow-ffi"]);
    }
  });
}

Deno.test("train-mpi may do what train-native may", () => {
  assertEquals(permissionsFor("train-mpi", [], around), permissionsFor("train-native", [], around));
});

Deno.test("reproduce may start the program of --launcher, and no others but Deno", () => {
  const runs = (...args: readonly string[]) =>
    permissionsFor("reproduce", args, around).filter((flag) => flag.startsWith("--allow-run"));
  assertEquals(runs(), [`--allow-run=${around.execPath}`]);
  const [flag] = runs("--launcher", " mpirun --bind-to none  -n {}");
  assertEquals(flag, `--allow-run=${around.execPath},mpirun`);
});

Deno.test("the folders and files that flags name are allowed, and no others", () => {
  const args =
    "--out /data/runs/one/ --data-dir=/data/sets --cache-dir /big/cache --weights w.npz " +
    "--dataset /data/x.safetensors --live --live-port 9000";
  assertEquals(permissionsFor("train", args.split(" "), around), [
    "--allow-read=.,/data/runs/one,/big/cache,/data/x.safetensors,/data/sets,w.npz",
    "--allow-write=/data/runs/one,/big/cache",
    `--allow-env=${trainEnvironment}`,
    "--allow-net=127.0.0.1:9000",
  ]);
  const resumed = permissionsFor("train", ["--resume", "/old/run"], {
    ...around,
    settings: { dataset: "/data/y.safetensors", dataDir: null, livePort: null },
  });
  assertEquals(resumed.slice(0, 2), [
    "--allow-read=.,/old/run,/home/me/.cache/gspace,/data/y.safetensors",
    "--allow-write=/old/run,/home/me/.cache/gspace",
  ]);
});

Deno.test("only --open lets a command start a browser, and no other program", () => {
  const openers = ["train", "train-native", "live", "report", "reproduce", "site"] as const;
  for (const name of openers) {
    // these start Deno in any case
    const others = name === "reproduce" || name === "site" ? [around.execPath] : [];
    const of = (kind: string, args: readonly string[], settings = {}) =>
      permissionsFor(name, args, { ...around, settings })
        .find((flag) => flag.startsWith(`--allow-${kind}=`));
    for (const args of [[], ["--no-open"], ["--open=false"], ["--opened"], ["--out", "open"]]) {
      assertEquals(of("run", args), others.length > 0 ? `--allow-run=${others}` : undefined);
      assert(!of("env", args)!.includes("DISPLAY"));
    }
    for (const args of [["--no-open"], ["--open=false"], ["--open", "--no-open"]]) {
      assertEquals(of("run", args, { open: true }), of("run", []), args.join(" "));
    }
    for (
      const [args, settings] of [[["--open"]], [["--open=true"]], [[], { open: true }]] as const
    ) {
      const programs = [...others, browserCommand[0]];
      assertEquals(of("run", args, settings), `--allow-run=${programs}`);
      assert(of("env", args, settings)!.endsWith(",DISPLAY,WAYLAND_DISPLAY"));
    }
  }
});

Deno.test("--no-live takes the ports of a config's live page, unless the config names a port", () => {
  const net = (settings: object, ...args: readonly string[]) =>
    permissionsFor("train", ["--data-dir", "d", ...args], { ...around, settings: { ...settings } })
      .find((flag) => flag.startsWith("--allow-net="))?.split(",").length;
  assertEquals(net({ live: true }), 20);
  assertEquals(net({ live: true }, "--no-live"), undefined);
  assertEquals(net({ live: true }, "--live=false"), undefined);
  assertEquals(net({ live: false }, "--no-live", "--live"), 20);
  // train serves the page if a port is given
  assertEquals(net({ live: true, livePort: 9 }, "--no-live"), 1);
});

Deno.test("a named run is written to runs, whatever folder the config of another run names", () => {
  const settings = { out: "/old/run", name: "old" };
  const write = (...args: readonly string[]) =>
    permissionsFor("train", ["--config", "c.json", ...args], { ...around, settings })[1];
  assertEquals(write("--name", "new"), "--allow-write=runs,/home/me/.cache/gspace");
  assertEquals(write("--name=new", "--out", "/x"), "--allow-write=/x,/home/me/.cache/gspace");
  assertEquals(write(), "--allow-write=/old/run,/home/me/.cache/gspace");
});

Deno.test("export may write to the current folder, wherever the run is", () => {
  const settings = { out: "/data/runs/one", dataset: "/data/x.csv" };
  const flags = permissionsFor("export", ["--run", "/data/runs/one"], { ...around, settings });
  assertEquals(flags.slice(0, 2), [
    "--allow-read=.,/data/runs/one,/data/x.csv",
    "--allow-write=.",
  ]);
});

Deno.test("a port that is none is left to the command, which says so in a sentence", () => {
  for (const port of ["99999", "0", "-1", "1e3", "8765,evil.example", "x", ""]) {
    const [train, live] = [
      permissionsFor("train", ["--data-dir", "d", "--live-port", port], around),
      permissionsFor("live", [`--port=${port}`], around),
    ];
    assertEquals([...train, ...live].filter((flag) => flag.startsWith("--allow-net")), [], port);
  }
});

Deno.test("a comma in a folder's name allows its parent folder, and no other", () => {
  for (const [out, allowed] of [["/a/b,/c", "/a"], ["x,y/z", "."], ["/a,/b", "/"]] as const) {
    const [, write] = permissionsFor("report", ["--out", out], around);
    assertEquals(write, `--allow-write=${allowed}`);
  }
});

Deno.test("the other commands get the permissions they need", () => {
  const flags = (name: Command, ...args: string[]) => permissionsFor(name, args, around);
  assertEquals(flags("export", "--run", "r", "--out", "/models/m.onnx"), [
    "--allow-read=.,/models,r",
    "--allow-write=/models",
    "--allow-env=TERM,XDG_RUNTIME_DIR",
  ]);
  assertEquals(flags("live", "--port", "9000", "/runs"), [
    "--allow-read=.,/runs",
    "--allow-env=TERM,XDG_RUNTIME_DIR",
    "--allow-net=127.0.0.1:9000",
  ]);
  assertEquals(flags("live").at(-1)?.split(",").length, 20);
  assertEquals(flags("reproduce", "fig4", "--out", "/r", "--data-dir", "/d").slice(0, 2), [
    "--allow-read=.,/r,/home/me/.cache/gspace,/d",
    "--allow-write=/r,/home/me/.cache/gspace",
  ]);
  assertEquals(flags("report").slice(0, 2), [
    "--allow-read=.,runs/site",
    "--allow-write=runs/site",
  ]);
  assertEquals(flags("site", "--out", "/www"), [
    "--allow-read=.,/www",
    "--allow-write=/www",
    "--allow-env=TERM,XDG_RUNTIME_DIR",
    "--allow-run=/bin/deno",
  ]);
  assertEquals(flags("explain").map((flag) => flag.split("=")[0]), ["--allow-read", "--allow-env"]);
  assertEquals(flags("explain", "--draw", "/d/s.svg")[1], "--allow-write=/d");
  assertEquals(flags("bench", "--torch", "/py").at(-2), "--allow-run=/bin/deno,/py");
  assertEquals(flags("bench")[1], "--allow-write=/tmp,gpu-benchmark.json");
  assertEquals(flags("bench", "--out", "/r.json")[1], "--allow-write=/tmp,/r.json");
  assertEquals(flags("gpu-report", "--check"), [
    "--allow-read=.,/tmp,/usr/share/vulkan/icd.d,/etc/vulkan/icd.d",
    "--allow-write=/tmp",
    "--allow-env=TERM,XDG_RUNTIME_DIR",
    "--allow-run=/bin/deno,gcc",
  ]);
  assertEquals(
    flags("gpu-report", "--intel-shim", "/x.so").at(-1),
    "--allow-run=/bin/deno,gcc,env",
  );
});

const small =
  "--device=cpu --threads=1 --dataset=synthetic --limit=100 --batch=32 --steps=2 --quiet"
    .split(" ");

/** Runs the trainer in a folder, with the permissions that `deno task train ARGS` gives it. */
async function trainWith(args: readonly string[], actual: readonly string[], cwd: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    cwd,
    args: [
      ...["run", "--no-prompt", "--no-lock", `--config=${rootPath}deno.json`],
      ...offlineFlags(rootPath),
      ...permissionsFor("train", args, around),
      ...[`${rootPath}cli/main.ts`, "train", ...actual],
    ],
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("train runs with its permissions, and an error names a missing one", async () => {
  await using folder = await temporaryFolder();
  const inside = await trainWith(small, small, folder.path);
  assertEquals(inside.code, 0, inside.stderr);
  const runs = await Array.fromAsync(Deno.readDir(`${folder.path}/runs`));
  assertEquals(runs.length, 1);
  await using elsewhere = await temporaryFolder();
  const args = [...small, "--out", `${elsewhere.path}/deep/run`];
  const denied = await trainWith(small, args, folder.path);
  assertEquals(denied.code, 1);
  assertMatch(denied.stderr, /Cannot .*deep\/run: permission .*--allow-read and --allow-write/);
  const outside = await trainWith(args, args, folder.path);
  assertEquals(outside.code, 0, outside.stderr);
  assert((await metricsOf(`${elsewhere.path}/deep/run`)).length > 2);
});

/** Starts `deno task train`. */
function startTask(...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    cwd: root,
    args: ["task", "train", ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("the task passes on arguments, output, and exit codes unchanged", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/a run, with a comma`;
  const whole = await startTask(...small, "--out", out).output();
  assertEquals(whole.code, 0, new TextDecoder().decode(whole.stderr));
  assertStringIncludes(new TextDecoder().decode(whole.stdout), "test error");
  const lines = new TextDecoder().decode(whole.stderr).trimEnd().split("\n");
  // where JSR cannot be reached, a note says what is used instead
  const [task, ...others] = lines.filter((line) => !line.startsWith("note: @std/"));
  assertMatch(task!, /^Task train deno task -q launch train '--device=cpu' /);
  assertEquals(others, []);
  const resumed = await startTask("--resume", out, "--steps=3", "--quiet").output();
  assertEquals(resumed.code, 0, new TextDecoder().decode(resumed.stderr));
  const wrong = await startTask("--no-such-flag").output();
  assertEquals(wrong.code, 2);
  assertStringIncludes(new TextDecoder().decode(wrong.stderr), "there is no such flag");
});

for (const [signal, expected] of [["SIGINT", 130], ["SIGHUP", 129]] as const) {
  Deno.test({
    name: `${signal} to all processes reaches the command once`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await temporaryFolder();
      const out = `${folder.path}/run`;
      const long = small.map((flag) => flag === "--steps=2" ? "--steps=1000000" : flag);
      // to every process of the command at once, as a terminal does
      const child = new Deno.Command(Deno.execPath(), {
        cwd: root,
        args: ["task", "train", ...long, "--out", out],
        stdout: "null",
        stderr: "piped",
        detached: true,
      }).spawn();
      const text = new Response(child.stderr).text();
      for (let i = 0; i < 1200; i++) {
        const lines = await metricsOf(out).catch(() => []);
        if (lines.length > 2) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      Deno.kill(-child.pid, signal);
      assertEquals((await child.status).code, expected, await text);
      assertStringIncludes(await text, `continue with --resume ${out}`);
    },
  });
}
