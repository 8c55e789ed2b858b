// Looks at a chosen file in the tab, before it is sent. Reads the header only.

import { readHeader } from "../lib/format/read.ts";
import { DEFAULT_LIMITS } from "../lib/format/limits.ts";
import { type PublicProblem, publicProblem } from "../lib/errors.ts";
import { parseChain } from "../lib/verification/chain.ts";
import { parseRecipe } from "../lib/verification/recipe.ts";
import { formatBytes } from "./format.ts";
import type { FileSummary } from "./FileCheck.tsx";

const PREAMBLE_BYTES = 12;

/** The summary of a `.tinygpt` file, or why it cannot be one. */
export async function checkFile(
  file: File,
  maxBytes: number,
): Promise<{ summary: FileSummary } | { problem: PublicProblem }> {
  if (file.size > maxBytes) {
    return {
      problem: {
        message: "The file is larger than this server takes",
        expected: `at most ${formatBytes(maxBytes)}`,
        got: formatBytes(file.size),
        fix: "Save the model as fp16 and without optimizer state.",
      },
    };
  }
  try {
    const prefix = file.slice(0, PREAMBLE_BYTES + DEFAULT_LIMITS.maxHeaderBytes);
    const bytes = new Uint8Array(await prefix.arrayBuffer());
    const { config, dtype, parameters, header } = readHeader(bytes, {}, file.size);
    const summary: FileSummary = {
      fileName: file.name,
      byteLength: file.size,
      parameters,
      shape: `${config.layers} layers, width ${config.dModel}, context ${config.ctx}`,
      dtype,
      recipe: recipeState(header.raw),
    };
    return { summary };
  } catch (error) {
    return {
      problem: publicProblem(error) ?? {
        message: "The file could not be read",
        fix: "Choose it again; it may have changed on disk since.",
      },
    };
  }
}

function recipeState(raw: Record<string, unknown>): FileSummary["recipe"] {
  if (raw.recipe === undefined || raw.recipe === null) return { state: "none" };
  try {
    parseRecipe(raw.recipe);
    parseChain(raw.chain);
    return { state: "found" };
  } catch (error) {
    return { state: "broken", reason: error instanceof Error ? error.message : String(error) };
  }
}
