/**
 * Folders and files, as paths or as `file:` URLs.
 * @module
 */

/** A path, or a `file:` URL. */
export type Place = string | URL;

/** The file or folder of this name in a folder; the name may have parts divided by "/". */
export function within(folder: Place, name: string): Place {
  if (folder === "") return name;
  if (typeof folder === "string") return `${folder.replace(/\/+$/, "")}/${name}`;
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  return new URL(name, base);
}

/** A place as messages show it. */
export function showPlace(place: Place): string {
  return typeof place === "string" ? place : place.href;
}
