import { nativeTest } from "./_native.ts";
import { kinds, shapeCase, ShapeChecker } from "./_shapes.ts";

/** An environment variable changes the seed: `GSPACE_FUZZ_SEED=7`. */
const seed = Number(Deno.env.get("GSPACE_FUZZ_SEED") ?? 1);

for (const kind of kinds) {
  nativeTest(`${kind}: 60 random shapes stay in bounds and have the same bits`, async (native) => {
    using checker = new ShapeChecker(native);
    for (let i = 0; i < 60; i++) await checker.check(shapeCase(kind, { seed, i }));
  });
}
