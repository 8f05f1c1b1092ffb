/** Python with some of its packages, where the machine has it: the other side of a file format. */

/** A Python that can import the packages, or `undefined`, with a word on why nothing is compared. */
export async function findPython(...packages: readonly string[]): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const probe = new Deno.Command(python, {
        // -I: a folder of this repository is no package of Python, whatever its name
        args: ["-I", "-c", `import ${packages.join(", ")}`],
        stderr: "null",
      });
      if ((await probe.output()).success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  console.warn(`note: no python3 with ${packages.join(", ")}: tests against it are skipped`);
  return undefined;
}

/** Runs a program; its arguments are `sys.argv[1:]`. Returns what it prints. */
export async function runPython(
  python: string,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const output = await new Deno.Command(python, { args: ["-I", "-c", program, ...args] }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (!output.success) throw new Error(`Python failed: ${stderr}`);
  return stdout!;
}
