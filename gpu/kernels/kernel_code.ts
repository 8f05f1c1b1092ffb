import type { AdapterProfile } from "../adapter_table.ts";
import type { FunctionSet } from "../wgsl/functions.ts";
import type { SlotAccess } from "../wgsl/slot_access.ts";

/** The parts of a shader that its kernels share. */
export interface ShaderContext {
  readonly profile: AdapterProfile;
  /** Invocations per workgroup. */
  readonly workgroupSize: number;
  readonly access: SlotAccess;
  readonly functions: FunctionSet;
  /** Workgroup arrays by name: WGSL element type and length. */
  readonly workgroupArrays: Map<string, WorkgroupArray>;
}

/** An array in workgroup memory. */
export interface WorkgroupArray {
  readonly element: string;
  readonly length: number;
}

/**
 * A printed kernel: statements that use `group` (`i32`, the workgroup's number within the kernel)
 * and `lane` (`i32`, the invocation's number within the workgroup).
 */
export interface KernelCode {
  readonly workgroups: number;
  readonly text: string;
}

/** Total bytes of a workgroup array. */
export function workgroupArrayBytes({ element, length }: WorkgroupArray): number {
  return (element.startsWith("vec4") ? 16 : 4) * length;
}
