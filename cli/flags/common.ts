import { z } from "zod";
import { setting } from "./setting.ts";

/** Flags that every command has. */
export const common = {
  debug: setting(z.boolean().optional(), "show where an error came from"),
  help: setting(z.boolean().optional(), "show this help"),
};
