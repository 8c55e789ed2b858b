// Where a model was trained, in words for pages.

import type { TrainedIn } from "../lib/format/header.ts";

export const TRAINED_IN_WORDS: Record<TrainedIn, string> = {
  browser: "in a browser",
  "command-line": "by the command line",
};
