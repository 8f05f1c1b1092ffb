import { summary } from "../layers/mod.ts";
import { formatReport } from "../optim/gsgd/report.ts";
import type { Config } from "./config.ts";
import { pathSpaceOf } from "./path_space.ts";

export function explain(_config: Config): Promise<void> {
  console.log(summary, formatReport, pathSpaceOf);
  return Promise.resolve();
}
