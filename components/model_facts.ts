// What benchmarks and boards ask of a model file before it runs, from its header alone.

import type { BenchmarkModel } from "../lib/benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { isUploadId } from "../lib/corpora/registry.ts";
import { type PublicProblem, publicProblem } from "../lib/errors.ts";
import { DEFAULT_LIMITS } from "../lib/format/limits.ts";
import { type HeaderInfo, readHeader } from "../lib/format/read.ts";
import { sha256Hex } from "../lib/hash.ts";
import { trainingFlops } from "../lib/verification/cost.ts";
import { recipeOrNull } from "../lib/verification/parse_recipe.ts";
import { namedCorpora } from "../lib/verification/recipe.ts";

const PREAMBLE_BYTES = 12;

export interface ModelFacts {
  sha256: string;
  parameters: number;
  /** Null without a recipe. */
  flops: number | null;
  unsuited: { id: string; name: string; reason: string }[];
  /** Texts its recipe names by their SHA-256. */
  uploads: string[];
}

/** Benchmarks that cannot run on the model, and why. */
export function unsuitedBenchmarks(
  { config, header }: Pick<HeaderInfo, "config" | "header">,
): ModelFacts["unsuited"] {
  const needs: Pick<BenchmarkModel, "contextLength" | "vocabularySize" | "hasTokenizer"> = {
    contextLength: config.ctx,
    vocabularySize: config.vocabSize,
    hasTokenizer: header.tokenizer !== null,
  };
  return RANKED_BENCHMARKS.flatMap((benchmark) => {
    // Shape and vocabulary are all that this question looks at.
    const reason = benchmark.incompatibility(needs as BenchmarkModel);
    return reason === null ? [] : [{ id: benchmark.id, name: benchmark.name, reason }];
  });
}

/** The facts, or why the file is no model. Its weights are for the worker to read. */
export async function modelFacts(
  file: File,
): Promise<{ facts: ModelFacts } | { problem: PublicProblem }> {
  try {
    const prefix = file.slice(0, PREAMBLE_BYTES + DEFAULT_LIMITS.maxHeaderBytes);
    const info = readHeader(new Uint8Array(await prefix.arrayBuffer()), {}, file.size);
    const recipe = recipeOrNull(info.header.raw.recipe);
    const named = recipe ? namedCorpora(recipe).map(({ corpus }) => corpus) : [];
    const facts = {
      sha256: await sha256Hex(new Uint8Array(await file.arrayBuffer())),
      parameters: info.parameters,
      flops: recipe && trainingFlops(recipe),
      unsuited: unsuitedBenchmarks(info),
      uploads: [...new Set(named.filter(isUploadId))],
    };
    return { facts };
  } catch (error) {
    const problem = publicProblem(error);
    if (problem === null) throw error;
    return { problem };
  }
}
