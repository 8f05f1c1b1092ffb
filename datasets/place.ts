/**
 * Folders and files, as paths or as `file:` URLs.
 * @module
 */

/** A path, or a `file:` URL. */
export type Place = string | URL;

/** Joins a folder and a name, which may contain "/". */
export function within(folder: Place, name: string): Place {
  if (folder === "") return name;
  if (typeof folder === "string") return `${folder.replace(/\/+$/, "")}/${name}`;
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  return new URL(name, base);
}

/** Formats a place for messages. */
export function showPlace(place: Place): string {
  return typeof place === "string" ? place : place.href;
}
