import { checkedCpuTest, cpuTest } from "../../cpu/_backend.ts";
import { gsgdOnBackend } from "./backend_suite.ts";
import { gsgdConvolutionsOnBackend } from "./convolution_backend_suite.ts";

gsgdOnBackend((name, test) => cpuTest(`cpu: ${name}`, test));
gsgdConvolutionsOnBackend((name, test) => cpuTest(`cpu: ${name}`, test));

gsgdOnBackend(checkedCpuTest);
gsgdConvolutionsOnBackend(checkedCpuTest);
