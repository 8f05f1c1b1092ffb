import { assertEquals } from "@std/assert";
import { finalizeCanHang } from "../../distributed/mpi_finalize.ts";

function version(number: string, device: string): string {
  return `MPICH Version:\t${number}\nMPICH Release date:\tunknown\nMPICH Device:\t${device}\n`;
}

const versions: readonly (readonly [text: string, canHang: boolean])[] = [
  [version("4.0.2", "ch4:ucx"), true], // that of Debian 12, with which it was seen
  [version("3.4", "ch4:ucx"), true],
  [version("4.1.3", "ch4:ucx"), true],
  [version("4.2.0", "ch4:ucx"), false],
  [version("4.10", "ch4:ucx"), false],
  [version("5.0.0", "ch4:ucx"), false],
  [version("4.0.2", "ch4:ofi"), false],
  [version("4.0.2", "ch3:nemesis"), false],
  ["Open MPI v4.1.4, package: Debian OpenMPI", false],
  ["", false],
];

Deno.test("the versions of MPICH whose end can hang are known", () => {
  for (const [text, canHang] of versions) assertEquals(finalizeCanHang(text), canHang, text);
});
