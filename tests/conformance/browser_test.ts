/** Parts of the conformance tables on pages of Chromium. tests/slow/ runs all of them. */
import { cpuPageTest, gpuPageTest } from "./_pages.ts";

cpuPageTest("part");
gpuPageTest("part");
gpuPageTest("limits", { limits: "default" });
