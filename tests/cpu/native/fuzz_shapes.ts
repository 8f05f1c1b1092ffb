/**
 * Checks native code on many random shapes: `deno run -A tests/cpu/native/fuzz_shapes.ts COUNT SEED`.
 *
 * Each of `COUNT` shapes of each kind runs on each instruction set that this machine has, in checked
 * mode and without checks. The first failure ends the program and names the shape.
 * @module
 */
import { instructionSets, isAvailable } from "./_native.ts";
import { kinds, shapeCase, ShapeChecker } from "./_shapes.ts";

const [count = 5000, seed = 1] = Deno.args.map(Number);
for (const native of instructionSets) {
  if (!isAvailable(native)) {
    console.log(`${native}: skipped, because it cannot be used here`);
    continue;
  }
  using checker = new ShapeChecker(native);
  for (const kind of kinds) {
    const startMs = performance.now();
    for (let i = 0; i < count; i++) await checker.check(shapeCase(kind, { seed, i }));
    const seconds = Math.round((performance.now() - startMs) / 1000);
    console.log(`${native}, ${kind}: ${count} shapes in ${seconds} s, nothing found`);
  }
}
