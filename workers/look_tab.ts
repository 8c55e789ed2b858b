// Looks inside the model of a browser tab.

import { requireTokenizer } from "../lib/benchmarks/model.ts";
import { utf8 } from "../lib/bytes.ts";
import { lookInside } from "../lib/inspect/look.ts";
import { lookAtWeights } from "../lib/inspect/weights.ts";
import type { TabRequest } from "./score_protocol.ts";
import type { OpenedModel } from "./write_tab.ts";

export async function lookInTab(
  { math, file, inference, reply }: OpenedModel,
  { prompt, weights }: Extract<TabRequest, { type: "look" }>,
): Promise<void> {
  const look = await lookInside(
    inference,
    requireTokenizer(file.tokenizer),
    math,
    utf8(prompt),
  );
  reply({ type: "look", look, weights: weights ? lookAtWeights(file.config, file.weights) : null });
}
