import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { installations, isInstalled } from "../../distributed/_installations.ts";
import { temporaryFolder } from "../command.ts";
import { writeTinyCifar } from "../tiny_cifar.ts";
import { distance, trainOn } from "./_train_on.ts";
import { hasHosts, onTwoHosts } from "./_two_hosts.ts";

/** How the launchers are given the hosts, as in docs/distributed.md. */
const hostFlags: Readonly<Record<string, string>> = {
  "Open MPI": "--host host-a,host-b --bind-to none",
  "MPICH": "-hosts host-a,host-b",
};

for (const installation of installations) {
  const { name, launcher } = installation;
  Deno.test({
    name: `${name}: two hosts train PlainNet-20 with G-SGD as one process (needs root)`,
    ignore: !hasHosts || !(await isInstalled(installation)),
    async fn() {
      await using folder = await temporaryFolder();
      const { path } = folder;
      await writeTinyCifar(path);
      const flags = [
        ...["--model=plainnet-20:3-4-5", "--optimizer=gsgd", "--steps=1", "--batch=6"],
        ...["--sync-bn", "--augment", "--device=cpu", "--threads=1", "--quiet"],
        ...["--dataset=cifar10", "--data-dir", path, "--allow-unverified"],
      ];
      await trainOn(1, [...flags, "--out", `${path}/one`]);
      const train = ["task", "--quiet", "train-mpi", ...flags, "--out", `${path}/two`].join(" ");
      const onEach = `sh -c 'touch ${path}/ran-on-$(hostname); exec ${Deno.execPath()} ${train}'`;
      const mpirun = `${launcher} -n 2 ${hostFlags[name]} ${onEach}`;
      const { code, err } = await onTwoHosts(path, "sh", "-c", mpirun);
      assertEquals(code, 0, err);
      for (const host of ["a", "b"]) await Deno.stat(`${path}/ran-on-host-${host}`);
      const { facts } = JSON.parse(await Deno.readTextFile(`${path}/two/run.json`));
      assertStringIncludes(facts[0], `on 2 ranks over ${name}`);
      const apart = await distance(
        `${path}/one/model.safetensors`,
        `${path}/two/model.safetensors`,
      );
      assert(apart < 1e-5, `${apart}`);
    },
  });
}
