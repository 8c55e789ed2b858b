// Looks at a chosen file in the tab, before it is sent: all that the server would find without
// running the model.

import { isUploadId } from "../lib/corpora/registry.ts";
import { type PublicProblem, publicProblem } from "../lib/errors.ts";
import { DEFAULT_LIMITS } from "../lib/format/limits.ts";
import { type HeaderInfo, readHeader, readTinygpt } from "../lib/format/read.ts";
import { sha256Hex, sha256OfStream } from "../lib/hash.ts";
import { declaredFork } from "../lib/submissions/lineage.ts";
import { quotaRefusal, type QuotaView } from "../lib/submissions/quota.ts";
import { parseChain } from "../lib/verification/chain.ts";
import { parseRecipe } from "../lib/verification/parse_recipe.ts";
import { namedCorpora, type Recipe } from "../lib/verification/recipe.ts";
import { staticFinding } from "../lib/verification/static_finding.ts";
import { formatBytes, formatInteger } from "./format.ts";
import type { FileSummary, Proof } from "./FileCheck.tsx";
import { unsuitedBenchmarks } from "./model_facts.ts";

const PREAMBLE_BYTES = 12;
/** Longer files are read by their header alone: their weights are looked at by the server. */
const MOST_READ_BYTES = 64 * 1024 ** 2;

export interface CheckLimits {
  maxUploadBytes: number;
  quota: QuotaView;
}

/** What is known of a `.tinygpt` file, or why it would not be accepted. */
export async function checkFile(
  file: File,
  limits: CheckLimits,
): Promise<{ summary: FileSummary } | { problem: PublicProblem }> {
  try {
    const refused = tooLarge(file, limits);
    if (refused) return { problem: refused };
    const info = await readInfo(file);
    const sha256 = await sha256OfStream(file.stream());
    const known = await onBoard(sha256);
    const quota = known ? null : quotaRefusal(limits.quota, {
      byteLength: file.size,
      nowMs: Date.now(),
    });
    if (quota) return { problem: publicProblem(quota)! };
    return { summary: await summarise(file, info, { sha256, known }) };
  } catch (error) {
    const problem = publicProblem(error) ?? {
      message: "The file could not be read",
      fix: "Choose it again; it may have changed on disk since.",
    };
    // Whatever is wrong in it, on the form it is the file.
    return { problem: { ...problem, path: "file" } };
  }
}

function tooLarge(file: File, { maxUploadBytes }: CheckLimits): PublicProblem | null {
  return file.size <= maxUploadBytes ? null : {
    message: "The file is larger than this server takes",
    expected: `at most ${formatBytes(maxUploadBytes)}`,
    got: formatBytes(file.size),
    fix: "Save the model as fp16 and without optimizer state.",
  };
}

/** @throws {FormatError} when a length is wrong, and in files of usual size a weight not finite. */
async function readInfo(file: File): Promise<HeaderInfo> {
  const prefix = file.slice(0, PREAMBLE_BYTES + DEFAULT_LIMITS.maxHeaderBytes);
  const info = readHeader(new Uint8Array(await prefix.arrayBuffer()), {}, file.size);
  if (file.size <= MOST_READ_BYTES) readTinygpt(new Uint8Array(await file.arrayBuffer()));
  return info;
}

async function summarise(
  file: File,
  { config, dtype, parameters, header, version }: HeaderInfo,
  { sha256, known }: Pick<FileSummary, "sha256" | "known">,
): Promise<FileSummary> {
  return {
    fileName: file.name,
    byteLength: file.size,
    ...{ sha256, known, parameters, dtype, version },
    shape: `${config.layers} layers, width ${config.dModel}, context ${config.ctx}`,
    proof: await foreseenProof({ config, header }),
    unsuited: unsuitedBenchmarks({ config, header }),
    optimizerState: header.includesOptimizerState,
    forkOf: declaredFork(header.raw),
  };
}

/** What a replay would find at once. @throws {ValidationError} for a recipe that cannot be read. */
async function foreseenProof(
  { config, header }: Pick<HeaderInfo, "config" | "header">,
): Promise<Proof> {
  const { recipe: declared, chain: leaves } = header.raw;
  if (declared === undefined || declared === null) return { state: "none" };
  const recipe = parseRecipe(declared);
  const finding = staticFinding({ recipe, chain: parseChain(leaves) }, {
    file: { config },
    engine: { digest: await engineFor(recipe) },
    uploads: await uploadsHere(recipe),
  });
  return finding === null
    ? { state: "found", steps: formatInteger(recipe.steps) }
    : { state: "foreseen", verdict: finding.verdict, reasons: finding.reasons };
}

/** Digest of the engine that the recipe names where this board has it, else of its present one. */
async function engineFor({ engine }: Recipe): Promise<string> {
  const response = await fetch("/engine.wasm");
  const present = await sha256Hex(new Uint8Array(await response.arrayBuffer()));
  if (engine === present) return present;
  const kept = await fetch(`/engines/${engine}.wasm`, { method: "HEAD" });
  return kept.ok ? engine : present;
}

/** The uploaded corpora of the recipe that this board has. */
async function uploadsHere(recipe: Recipe): Promise<Set<string>> {
  const named = new Set(namedCorpora(recipe).map(({ corpus }) => corpus).filter(isUploadId));
  const here = new Set<string>();
  for (const id of named) if ((await fetch(`/api/v1/corpora/${id}`)).ok) here.add(id);
  return here;
}

/** The model that was made of this very file, or null; also when the server cannot be asked. */
async function onBoard(sha256: string): Promise<FileSummary["known"]> {
  const response = await fetch(`/api/v1/search?q=${sha256}`).catch(() => null);
  if (!response?.ok) return null;
  const { models } = await response.json();
  return models[0] ?? null;
}
