import type { AdapterProfile } from "../adapter_profile.ts";
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

/**
 * Declares an array in workgroup memory that the kernels of a launch share: a workgroup runs only
 * one of them.
 */
export function shareArray(
  { workgroupArrays }: Pick<ShaderContext, "workgroupArrays">,
  name: string,
  { element, length }: WorkgroupArray,
): void {
  const other = workgroupArrays.get(name)?.length ?? 0;
  workgroupArrays.set(name, { element, length: Math.max(length, other) });
}

/** Total bytes of a workgroup array. */
export function workgroupArrayBytes({ element, length }: WorkgroupArray): number {
  return (element.startsWith("vec4") ? 16 : 4) * length;
}
