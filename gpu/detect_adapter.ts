import type { AdapterClass } from "./adapter_class.ts";
import type { AdapterInfo } from "./backend.ts";

/** How the adapters of a class present themselves. */
interface Signature {
  readonly adapterClass: AdapterClass;
  /** Deno reports the number that the PCI-SIG assigned to the vendor, in decimal. */
  readonly vendorIds: readonly string[];
  /** Browsers report a lowercase name. Metal reports only a description. */
  readonly name: RegExp;
}

const signatures: readonly Signature[] = [
  { adapterClass: "nvidia", vendorIds: [String(0x10de)], name: /nvidia|geforce|quadro|tesla/ },
  { adapterClass: "amd", vendorIds: [String(0x1002), String(0x1022)], name: /\bamd\b|radeon/ },
  { adapterClass: "apple", vendorIds: [String(0x106b)], name: /apple/ },
  { adapterClass: "intel", vendorIds: [String(0x8086)], name: /intel/ },
];

/** Detects the class of an adapter: by its vendor, or else by its description. */
export function adapterClassOf(
  { vendor, description, isFallbackAdapter }: Omit<AdapterInfo, "adapterClass">,
): AdapterClass {
  if (isFallbackAdapter) return "software";
  const find = (isOf: (signature: Signature) => boolean) => signatures.find(isOf)?.adapterClass;
  return find(({ vendorIds }) => vendorIds.includes(vendor)) ??
    find(({ name }) => name.test(vendor.toLowerCase())) ??
    find(({ name }) => name.test(description.toLowerCase())) ??
    "other";
}
