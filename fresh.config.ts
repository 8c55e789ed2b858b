// Options of the framework, and nothing else.

import type { BuildOptions } from "fresh/dev";

export default {
  target: ["chrome111", "firefox121", "safari17"],
} satisfies BuildOptions;
