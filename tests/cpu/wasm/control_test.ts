import { assertEquals } from "@std/assert";
import type { Label } from "../../../cpu/wasm/function_builder.ts";
import { assemble } from "./_assemble.ts";

Deno.test("structured control branches to the label it names", () => {
  // The Collatz length of n: an inner block skips, an outer block leaves.
  const { call } = assemble(["i32"], ["i32"], (f, n) => {
    const steps = f.local("i32");
    f.block((exit) => {
      f.loop((again) => {
        f.get(n).i32(1).op("i32.le_s").brIf(exit);
        f.get(steps).i32(1).op("i32.add").set(steps);
        f.get(n).i32(1).op("i32.and").if(
          () => f.get(n).i32(3).op("i32.mul").i32(1).op("i32.add"),
          () => f.get(n).i32(1).op("i32.shr_u"),
          "i32",
        ).set(n).br(again);
      });
    });
    f.get(steps);
  });
  assertEquals([1, 6, 27].map((n) => call(n)), [0, 8, 111]);
  const { call: early } = assemble(["i32"], ["i32"], (f, n) => {
    f.get(n).if(() => f.i32(1).return());
    f.block((exit: Label) => f.i32(2).get(n).brIf(exit).i32(3).op("i32.add"), "i32");
  });
  assertEquals([early(0), early(1)], [5, 1]);
  assertEquals(
    assemble(["i32"], ["i32"], (f, c) => f.i32(8).i32(9).get(c).op("select")).call(1),
    8,
  );
});

Deno.test("for() counts from constants and locals, and skips an empty range", () => {
  const { call } = assemble(["i32", "i32"], ["i32"], (f, from, to) => {
    const i = f.local("i32"), j = f.local("i32"), sum = f.local("i32");
    f.for(i, from, to, 3, () => {
      f.for(j, 0, 2, 1, () => f.get(sum, i).op("i32.add").set(sum));
      f.for(j, 5, 5, 1, () => f.i32(-1).set(sum));
    });
    f.get(sum);
  });
  assertEquals([call(0, 10), call(4, 4), call(5, -5), call(-3, 1)], [36, 0, 0, -6]);
});

Deno.test("walk() runs all of its iterations if the address does not move", () => {
  for (const byteLength of [0, 4, 16]) {
    const { call } = assemble([], ["i32"], (f) => {
      const [address, end, count] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.walk(address, byteLength, { turns: 5, end }, () => {
        f.get(count).i32(1).op("i32.add").set(count);
      });
      f.get(count);
    });
    assertEquals(call(), 5);
  }
});
