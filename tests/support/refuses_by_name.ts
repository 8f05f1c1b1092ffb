import { AssertionError } from "@std/assert";

/** Fails if a call throws an error of the language, such as "x.relu is not a function". */
export async function refusesByName(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Error && /^Cannot [^]+: /.test(error.message) && !isBare(error)) return;
    throw new AssertionError(`an error without a name: ${error}`);
  }
}

/** "Cannot read properties of undefined", and the like. */
function isBare({ message }: Error): boolean {
  return /^Cannot (read properties|destructure|convert|use '|access) /.test(message);
}
