// Trains a model again in a browser tab: the same replay as the server's, over the network.

import { CORPORA, isUploadId, uploadFile } from "../lib/corpora/registry.ts";
import type { Engine } from "../lib/engine/engine.ts";
import type { TinygptFile } from "../lib/format/read.ts";
import { type Opening, openingOf } from "../lib/verification/confirmation.ts";
import { namedCorpora, recipeOrNull } from "../lib/verification/recipe.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { verifyFile, type VerifyProgress } from "../lib/verification/verify.ts";
import type { TabRequest } from "./score_protocol.ts";
import { describeTab } from "./tab_verifier.ts";

export interface TabReplay {
  engine: Engine;
  selfTestDigest: string;
  file: TinygptFile;
  /** A file of this site, by its path on the server. */
  fetchPath: (path: string) => Promise<Uint8Array>;
  onProgress: (progress: VerifyProgress) => void;
}

export async function replayInTab(
  { engine, selfTestDigest, file, fetchPath, onProgress }: TabReplay,
  { claimedScores }: Extract<TabRequest, { type: "replay" }>,
): Promise<{ result: VerificationResult; openings: Opening[] }> {
  const recipe = recipeOrNull(file.recipe);
  const named = recipe === null ? [] : namedCorpora(recipe).map(({ corpus }) => corpus);
  const uploads = named.filter(isUploadId);
  const addresses = new Map<string, string>([
    ...CORPORA.map(({ id, file }): [string, string] => [file, `/corpora/${id}/text`]),
    ...uploads.map((id): [string, string] => [uploadFile(id), `/corpora/${id}/text`]),
  ]);
  const openings: Opening[] = [];
  const result = await verifyFile({
    file,
    engine,
    loadData: (path) => fetchPath(addresses.get(path) ?? `/data/${path}`),
    uploads: new Set(uploads),
    claimedScores,
    verifier: await describeTab(engine, selfTestDigest),
    // Whose tab it is decides how long it may take.
    budgetFlops: Infinity,
    nowMs: () => performance.now(),
    onProgress,
    // Of the leaves that came out as the file claims: what only who runs the recipe knows.
    onCheckpoint: async ({ state, lastLoss }) => {
      openings.push(await openingOf(state, lastLoss));
    },
  });
  return { result, openings };
}
