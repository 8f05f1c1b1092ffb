/** Classes of adapters: those that compute on the CPU, and GPUs by vendor. */
export type AdapterClass = "software" | "nvidia" | "amd" | "apple" | "intel" | "other";

/** All classes, in the order of the table. */
export const adapterClasses: readonly AdapterClass[] = [
  ...["software", "nvidia", "amd", "apple", "intel", "other"] as const,
];
