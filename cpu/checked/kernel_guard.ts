/** Adds checks to the generated code of one kernel in checked mode. */
import type { DeclaredFunction, ModuleBuilder } from "../wasm/assembler.ts";
import type {
  FunctionBuilder,
  FunctionHandle,
  GlobalHandle,
  Local,
} from "../wasm/function_builder.ts";
import type { Guard, OutsideLanes, ScratchPart } from "../wasm/guard.ts";
import type { InstructionBuilder } from "../wasm/instruction_builder.ts";
import type { MemoryLaneOp, MemoryOp } from "../wasm/memory_opcodes.ts";
import type { Operand } from "../wasm/types.ts";
import { accessOf, type MemoryAccess, valueAbove } from "./memory_access.ts";
import { type Region, SCRATCH_GAP, scratchRegions } from "./regions.ts";
import { FAULT, type Fault } from "./violation.ts";

interface KernelContext {
  readonly module: ModuleBuilder;
  readonly slots: readonly Region[];
  /** Number of the kernel in the plan. */
  readonly kernel: number;
  readonly report: FunctionHandle;
  readonly table: GlobalHandle;
  readonly scratch: GlobalHandle;
}

/** The kind of access that a check function is for. */
type Check = MemoryAccess | { readonly kind: RangeKind };

/** The kinds of access whose number of bytes is an operand. */
type RangeKind = "fill" | "read" | "write";

/** A check function `(address, operand) → place`. */
interface CheckFunction {
  readonly check: Check;
  readonly declared: DeclaredFunction<readonly ["i32", "i32"]>;
}

/** Guards the functions of one kernel. */
export class KernelGuard implements Guard {
  readonly #context: KernelContext;
  readonly #checks = new Map<string, CheckFunction>();

  readonly scratchGap = SCRATCH_GAP;
  readonly #scratch: ScratchPart[] = [];

  constructor(context: KernelContext) {
    this.#context = context;
  }

  addScratch(part: ScratchPart): void {
    this.#scratch.push(part);
  }

  addressOf(entry: number): number {
    const region = this.#context.slots.find(({ slot }) => slot === entry);
    if (!region) {
      throw new Error(`Internal: the kernel does not declare that it uses slot ${entry}`);
    }
    return region.address;
  }

  access(f: InstructionBuilder, name: MemoryOp | MemoryLaneOp, byteOffset: number): void {
    const above = valueAbove(name);
    const value = above && f.local(above);
    if (value) f.set(value);
    f.i32(byteOffset).call(this.#check(accessOf(name)));
    if (value) f.get(value);
  }

  fill(f: InstructionBuilder): void {
    const [value, byteLength] = f.locals("i32", 2);
    f.set(byteLength).set(value);
    f.get(byteLength).call(this.#check({ kind: "fill" }));
    f.get(value, byteLength);
  }

  span(f: InstructionBuilder, kind: "read" | "write", byteLength: Local): void {
    f.get(byteLength).call(this.#check({ kind }));
  }

  counted(
    f: InstructionBuilder,
    turns: Operand | (() => void),
    loop: (count: () => void) => void,
  ): void {
    const [counted, expected] = f.locals("i32", 2);
    f.i32(0).set(counted);
    loop(() => f.get(counted).i32(1).op("i32.add").set(counted));
    if (typeof turns === "function") turns();
    else f.push(turns);
    f.tee(expected).get(counted).op("i32.ne").if(() => {
      f.get(expected).op("i64.extend_i32_u");
      this.#report(f, { fault: "turns", detail: counted });
    });
  }

  outside(f: InstructionBuilder, { entry, indices, outside }: OutsideLanes): void {
    f.get(outside).op("i32x4.bitmask", "i64.extend_i32_u");
    this.#report(f, { fault: "index", detail: entry, indices });
  }

  /** Defines the check functions once all parts of scratch memory are known. */
  finish(label: string, scratchByteLength: number): readonly Region[] {
    if (this.#scratch.some(({ place, byteLength }) => place + byteLength > scratchByteLength)) {
      throw new Error("Internal: a kernel's scratch memory must have room for all of its parts");
    }
    const regions = [...this.#context.slots, ...scratchRegions(this.#scratch, label)];
    for (const { check, declared } of this.#checks.values()) {
      declared.define((f, address, operand) => {
        this.#emitCheck(f, { check, regions, address, operand });
      });
    }
    return regions;
  }

  #check(check: Check): FunctionHandle {
    const { module, kernel } = this.#context;
    const key = faultOf(check);
    const known = this.#checks.get(key);
    if (known) return known.declared.handle;
    const { guard } = module;
    module.guard = undefined; // the checks themselves are not guarded
    const params = ["i32", "i32"] as const;
    const declared = module.declare(`check ${key} of ${kernel}`, { params, results: ["i32"] });
    module.guard = guard;
    this.#checks.set(key, { check, declared });
    return declared.handle;
  }

  /** Emits `(address, byteOffset) → place`, or `(address, byteLength) → place` for a range. */
  #emitCheck(
    f: FunctionBuilder,
    { check, regions, address, operand }: {
      check: Check;
      regions: readonly Region[];
      address: Local;
      operand: Local;
    },
  ): void {
    const [at, within, lengths] = [f.local("i64"), f.local("i64"), f.local("v128")];
    f.get(operand).op("i32x4.splat").set(lengths);
    f.get(address).op("i64.extend_i32_u");
    if ("bytes" in check) f.get(operand).op("i64.extend_i32_u", "i64.add");
    f.set(at);
    regions.forEach((region, i) => {
      const { byteLength, margin } = region;
      f.get(at).i64(BigInt(region.address)).op("i64.sub").tee(within);
      f.i64(BigInt(margin)).op("i64.add").i64(BigInt(byteLength + 2 * margin)).op("i64.lt_u");
      f.if(() => {
        this.#pushIsOutside(f, { check, region, within, operand });
        f.if(() => {
          f.get(within);
          this.#report(f, { fault: faultOf(check), detail: i, indices: lengths });
        });
        this.#pushPlace(f, region);
        f.get(within).op("i32.wrap_i64", "i32.add").return();
      });
    });
    f.get(at);
    this.#report(f, { fault: faultOf(check), detail: -1, indices: lengths });
    f.i32(0);
  }

  /**
   * Pushes whether the access is not allowed. A load of several elements may overlap an end of its
   * region, because every buffer has slack there; everything else must be inside.
   */
  #pushIsOutside(
    f: FunctionBuilder,
    { check, region, within, operand }: {
      check: Check;
      region: Region;
      within: Local;
      operand: Local;
    },
  ): void {
    const { byteLength, elementBytes, writable } = region;
    const pushEnd = (): void => {
      if ("bytes" in check) f.get(within).i64(BigInt(check.bytes)).op("i64.add");
      else f.get(within, operand).op("i64.extend_i32_u", "i64.add");
    };
    if (check.kind !== "load" && check.kind !== "read" && !writable) f.i32(1);
    else if (check.kind === "load" && check.bytes > elementBytes) {
      pushEnd();
      f.i64(0n).op("i64.le_s").get(within).i64(BigInt(byteLength)).op("i64.ge_s", "i32.or");
    } else {
      f.get(within).i64(0n).op("i64.lt_s");
      pushEnd();
      f.i64(BigInt(byteLength)).op("i64.gt_s", "i32.or");
    }
  }

  #pushPlace(f: FunctionBuilder, { slot, place }: Region): void {
    const { table, scratch } = this.#context;
    if (slot === undefined) f.globalGet(scratch).i32(place).op("i32.add");
    else f.globalGet(table).memory("i32.load", 4 * slot);
  }

  /** Emits the end of a failed run; the stack holds the position of the fault as an i64. */
  #report(
    f: InstructionBuilder,
    { fault, detail, indices }: {
      fault: Fault;
      detail: number | Local;
      indices?: Local;
    },
  ): void {
    const { kernel, report } = this.#context;
    f.i32(kernel).i32(FAULT[fault]).push(detail);
    if (indices) f.get(indices);
    else f.i32x4(0);
    f.call(report).op("unreachable");
  }
}

function faultOf(check: Check): Fault {
  return "bytes" in check ? `${check.kind} ${check.bytes}` as Fault : check.kind;
}
