/** The program that opens a page in the browser, by operating system, and what precedes the URL. */
const commands: Readonly<Partial<Record<typeof Deno.build.os, readonly [string, ...string[]]>>> = {
  darwin: ["/usr/bin/open"],
  windows: ["C:\\Windows\\System32\\rundll32.exe", "url.dll,FileProtocolHandler"],
};

/** That of this system. An absolute path, so that no other program can have its permission. */
export const browserCommand: readonly [string, ...string[]] = commands[Deno.build.os] ??
  ["/usr/bin/xdg-open"];

/** The environment variables that say whether there is a display. */
export const displayVariables = ["DISPLAY", "WAYLAND_DISPLAY"] as const;
