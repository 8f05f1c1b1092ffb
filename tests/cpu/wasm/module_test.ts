import { assertEquals, assertThrows } from "@std/assert";
import { ModuleBuilder } from "../../../cpu/wasm/assembler.ts";
import type { ValueType } from "../../../cpu/wasm/function_builder.ts";
import { assemble } from "./_assemble.ts";

Deno.test("functions call each other and the host", () => {
  const module = new ModuleBuilder();
  const log = module.importFunction("host", "twice", { params: ["i32"], results: ["i32"] });
  const square = module.function("square", { params: ["i32"], results: ["i32"] }, (f, x) => {
    f.get(x, x).op("i32.mul");
  });
  module.function("main", { params: ["i32"], results: ["i32"], exported: true }, (f, x) => {
    f.get(x).call(square).call(log);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { twice: (x: number) => 2 * x },
  });
  const main = instance.exports["main"];
  assertEquals(typeof main === "function" && main(5), 50);
  assertEquals(Object.keys(instance.exports), ["main"]);
  assertThrows(() => module.importFunction("host", "late", {}), Error, "imports must precede");
});

Deno.test("a module without a memory or with many locals is well formed", () => {
  const module = new ModuleBuilder();
  module.function("wide", { results: ["i32"], exported: true }, (f) => {
    const locals = Array.from({ length: 300 }, (_, i) => f.local(i % 3 === 0 ? "v128" : "i32"));
    const last = locals[299 - 1];
    if (last !== undefined) f.i32(42).tee(last);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()));
  const wide = instance.exports["wide"];
  assertEquals(typeof wide === "function" && wide(), 42);
});

Deno.test("signatures, names, and counts of any length are well formed", () => {
  for (const count of [0, 1, 121, 127, 128, 129, 255, 256, 1000]) {
    const params = Array.from(
      { length: count },
      (_, i) => i % 2 === 0 ? "i32" : "f32",
    ) as ValueType[];
    const module = new ModuleBuilder();
    const imported = module.importFunction("host", "x".repeat(count), { params });
    const last = module.function("y".repeat(count + 200), { params, results: ["i32"] }, (f) => {
      f.get(...f.params).call(imported).i32(count);
    });
    for (let i = 0; i < count; i++) module.function(`f${i}`, { exported: true }, () => {});
    module.function("main", { results: ["i32"], exported: true }, (f) => {
      params.forEach((type) => type === "i32" ? f.i32(1) : f.f32(1));
      f.call(last);
    });
    let received = -1;
    const host = { ["x".repeat(count)]: (...values: number[]) => (received = values.length) };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { host });
    const main = instance.exports["main"];
    assertEquals(typeof main === "function" && main(), count);
    assertEquals(received, count);
    assertEquals(Object.keys(instance.exports).length, count + 1);
  }
});

Deno.test("a function may return many values", () => {
  for (const count of [1, 127, 128, 300]) {
    const results = Array.from({ length: count }, () => "i32" as const);
    const { call } = assemble([], results, (f) => void results.forEach((_, i) => f.i32(i)));
    assertEquals([call()].flat(), results.map((_, i) => i));
  }
});

Deno.test("a shared memory needs a maximum", () => {
  assertThrows(() =>
    new ModuleBuilder().importMemory({
      module: "host",
      name: "memory",
      minimumPages: 1,
      shared: true,
    }), TypeError);
});
