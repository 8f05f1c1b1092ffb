/**
 * What this project relies on in `@std/assert`, in one place. It runs against whichever
 * implementation is loaded, so the registry's package and the replacement in tools/offline must
 * behave alike.
 */
import * as std from "@std/assert";

const { AssertionError } = std;

/** Fails unless `fn` throws an AssertionError; uses none of the tested functions. */
function refuses(fn: () => void, message?: string): void {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    if (message !== undefined && !error.message.includes(message)) throw error;
    return;
  }
  throw new Error(`Expected a refusal of ${fn}`);
}

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Expected ${what}`);
}

Deno.test("equal() compares structure, with NaN equal to NaN and 0 equal to -0", () => {
  const date = new Date(5);
  const same: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [[1, [2, { a: NaN }]], [1, [2, { a: NaN }]]],
    [new Float32Array([1, NaN, -0]), new Float32Array([1, NaN, 0])],
    [new Map([["a", [1]], ["b", [2]]]), new Map([["b", [2]], ["a", [1]]])],
    [new Set([[1], [2]]), new Set([[2], [1]])],
    [date, new Date(5)],
    [/x/g, /x/g],
    [new URL("file:///a"), new URL("file:///a")],
  ];
  for (const [a, b] of same) holds(std.equal(a, b), `${Deno.inspect([a, b])} to be equal`);
  const different: [unknown, unknown][] = [
    [1, "1"],
    [null, undefined],
    [[1, 2], [1, 2, 3]],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: undefined }, {}],
    [new Float32Array([1]), new Float64Array([1])],
    [new Float32Array([1]), [1]],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Set([1]), new Set([2])],
    [date, new Date(6)],
    [/x/g, /x/],
    [new Error("one"), new TypeError("one")],
  ];
  for (const [a, b] of different) holds(!std.equal(a, b), `${Deno.inspect([a, b])} to differ`);
});

Deno.test("equality assertions refuse different values and append the given message", () => {
  std.assertEquals([0, NaN], [-0, NaN]);
  refuses(() => std.assertEquals<unknown>([1], [2]), "Values are not equal");
  refuses(() => std.assertEquals(1, 2, "the third weight"), "the third weight");
  std.assertNotEquals(1, 2);
  refuses(() => std.assertNotEquals([1], [1]));
  const shared: unknown[] = [];
  std.assertStrictEquals(shared, shared);
  std.assertStrictEquals(NaN, NaN);
  refuses(() => std.assertStrictEquals<unknown>([], []));
  refuses(() => std.assertStrictEquals(0, -0));
});

Deno.test("assertAlmostEquals() has a default tolerance of 1e-7, relative", () => {
  std.assertAlmostEquals(1e6 + 0.09, 1e6);
  refuses(() => std.assertAlmostEquals(1e6 + 0.2, 1e6));
  std.assertAlmostEquals(1.05, 1, 0.1);
  std.assertAlmostEquals(1.1, 1.0, 0.5, "inside");
  std.assertAlmostEquals(0, -0);
  std.assertAlmostEquals(NaN, NaN, 1e-3);
  std.assertAlmostEquals(Infinity, Infinity, 1e-3);
  refuses(() => std.assertAlmostEquals(1.2, 1, 0.1, "loss"), "loss");
  refuses(() => std.assertAlmostEquals(NaN, 1, 0.1));
  refuses(() => std.assertAlmostEquals(Infinity, 1, 0.1));
  refuses(() => std.assertAlmostEquals(1e-12, 0, 0));
});

Deno.test("truth and order assertions", () => {
  std.assert(1);
  refuses(() => std.assert(0, "zero is falsy"), "zero is falsy");
  std.assertFalse("");
  refuses(() => std.assertFalse("text"));
  std.assertGreater(2, 1);
  refuses(() => std.assertGreater(1, 1));
  refuses(() => std.assertGreater(NaN, 1));
  std.assertLess(1, 2);
  refuses(() => std.assertLess(1, 1));
  refuses(() => std.assertLess(NaN, 1));
});

Deno.test("assertions on classes and texts", () => {
  std.assertInstanceOf(new RangeError(), Error);
  refuses(() => std.assertInstanceOf({}, Error));
  std.assertMatch("f32[2, 3]", /\[\d, \d\]$/);
  refuses(() => std.assertMatch("f32", /i32/));
  std.assertStringIncludes("inner dimensions", "dimension");
  refuses(() => std.assertStringIncludes("inner", "outer"));
  refuses(() => std.fail("wrong branch"), "wrong branch");
  refuses(() => std.unreachable());
});

Deno.test("assertThrows() returns the error and refuses the wrong one", () => {
  const error = new RangeError("size 3 exceeds 2");
  const thrower = () => {
    throw error;
  };
  holds(std.assertThrows(thrower) === error, "the error itself");
  const typed: RangeError = std.assertThrows(thrower, RangeError, "exceeds");
  holds(typed === error, "the error itself");
  holds(std.assertThrows(thrower, Error) === error, "a base class to be accepted");
  refuses(() => std.assertThrows(() => {}));
  refuses(() => std.assertThrows(() => {}, Error));
  refuses(() => std.assertThrows(thrower, TypeError));
  refuses(() => std.assertThrows(thrower, RangeError, "fits"));
  refuses(() =>
    std.assertThrows(() => {
      throw "text";
    }, Error)
  );
});

Deno.test("assertRejects() resolves to the error and refuses a plain throw", async () => {
  const error = new RangeError("size 3 exceeds 2");
  holds(await std.assertRejects(() => Promise.reject(error)) === error, "the error itself");
  const typed: RangeError = await std.assertRejects(
    () => Promise.reject(error),
    RangeError,
    "exceeds",
  );
  holds(typed === error, "the error itself");
  const refused = [
    std.assertRejects(() => Promise.resolve(1)),
    std.assertRejects(() => Promise.reject(error), TypeError),
    std.assertRejects(() => Promise.reject(error), RangeError, "fits"),
    std.assertRejects(() => {
      throw error;
    }),
  ];
  for (const result of await Promise.allSettled(refused)) {
    holds(result.status === "rejected" && result.reason instanceof AssertionError, "a refusal");
  }
});
