/**
 * The flags with which another process finds the packages of @std as this one does: a map to the
 * stand-ins in tools/offline, if JSR cannot be reached. Default: paths relative to the checkout.
 *
 * @param root path of the checkout, ending in a slash
 */
export function offlineFlags(root = ""): readonly string[] {
  const isOffline = import.meta.resolve("@std/assert").startsWith("file:");
  return isOffline ? [`--import-map=${root}tools/offline/import_map.json`] : [];
}
