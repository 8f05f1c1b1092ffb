/** The conformance tables on pages of Chromium: every case, also with the kernels of real GPUs. */
import { cpuPageTest, gpuPageTest } from "../conformance/_pages.ts";

cpuPageTest("all");
gpuPageTest("all");
gpuPageTest("all", { limits: "default" });
gpuPageTest("kernels", { class: "other" });
