// A verdict in plain words: what was done, what came out, what follows.

import type { Report } from "../lib/storage/schema.ts";
import { formatInteger } from "./format.ts";
import { leavesCompared } from "./report_view.ts";

type Shown = Pick<Report, "verdict" | "first_divergent_step" | "statement">;

/** Two or three sentences for somebody who has never heard of a hash. */
export function plainVerdict(report: Shown): string {
  const leaves = leavesCompared(report);
  const compared = leaves === null ? "" : ` ${formatInteger(leaves)} checkpoints were compared.`;
  switch (report.verdict) {
    case "exact":
      return "We trained this model again from its seed, with the recipe in its file. Every " +
        `checkpoint, every weight and every score is the same, bit for bit.${compared}`;
    case "mismatch":
      return `We trained the recipe again, and the file is not what comes out.${
        report.first_divergent_step === null
          ? ""
          : ` The first difference stands at step ${formatInteger(report.first_divergent_step)}.`
      } Two differently configured runtimes agree with each other and not with the file, so the ` +
        "entry has left the ranking.";
    case "external":
      return "The file names no recipe that could be replayed. Its scores are computed by us and " +
        "exact; how the weights came to be is only declared.";
    case "not-reproducible":
      return "There is a recipe, but it cannot be replayed here. This is no accusation: the scores " +
        "stand, the training is just not proven.";
    case "engine-divergent":
      return "Our own verifiers do not agree with each other. That is a bug of ours, and the entry " +
        "loses nothing by it.";
    default:
      return "The replay ended without a verdict on the entry.";
  }
}
