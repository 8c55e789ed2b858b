// Trains a model again in a browser tab: the same replay as the server's, over the network.

import { CORPORA, isUploadId, uploadFile } from "../lib/corpora/registry.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { NotFoundError } from "../lib/errors.ts";
import type { TinygptFile } from "../lib/format/read.ts";
import { type Opening, openingOf } from "../lib/verification/confirmation.ts";
import { namedCorpora, type Recipe, recipeOrNull } from "../lib/verification/recipe.ts";
import {
  assertEngine,
  openReplayEngine,
  type ReplayEngine,
} from "../lib/verification/replay_engine.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { verifyFile, type VerifyProgress } from "../lib/verification/verify.ts";
import type { TabRequest } from "./score_protocol.ts";
import { describeTab } from "./tab_verifier.ts";

export interface TestedEngine {
  engine: Engine;
  selfTestDigest: string;
}

export interface TabReplay {
  /** The present one. */
  tested: TestedEngine;
  /** Another one, from its bytes. @throws what `openTested` throws. */
  open: (binary: Uint8Array) => Promise<TestedEngine>;
  file: TinygptFile;
  /** A file of this site, by its path on the server. */
  fetchPath: (path: string) => Promise<Uint8Array>;
  onStage: (stage: string) => void;
  onProgress: (progress: VerifyProgress) => void;
}

type ReplayRequest = Extract<TabRequest, { type: "replay" }>;

export async function replayInTab(
  replay: TabReplay,
  { claimedScores }: ReplayRequest,
): Promise<{ result: VerificationResult; openings: Opening[] }> {
  const { file, fetchPath, onProgress, tested } = replay;
  const recipe = recipeOrNull(file.recipe);
  const { opened: { engine, selfTestDigest }, instead } = await engineOf(replay, recipe);
  const named = recipe === null ? [] : namedCorpora(recipe).map(({ corpus }) => corpus);
  const uploads = named.filter(isUploadId);
  const addresses = new Map<string, string>([
    ...CORPORA.map(({ id, file }): [string, string] => [file, `/corpora/${id}/text`]),
    ...uploads.map((id): [string, string] => [uploadFile(id), `/corpora/${id}/text`]),
  ]);
  const openings: Opening[] = [];
  const result = await verifyFile({
    ...{ file, engine, instead, claimedScores, onProgress },
    loadData: (path) => fetchPath(addresses.get(path) ?? `/data/${path}`),
    uploads: new Set(uploads),
    verifier: await describeTab(engine, selfTestDigest),
    // Whose tab it is decides how long it may take.
    budgetFlops: Infinity,
    nowMs: () => performance.now(),
    // Of the leaves that came out as the file claims: what only who runs the recipe knows.
    onCheckpoint: async ({ state, lastLoss }) => {
      openings.push(await openingOf(state, lastLoss));
    },
  });
  if (engine !== tested.engine) engine.close();
  return { result, openings };
}

/** The engine that the recipe names, when the board has kept it and it runs in this browser. */
async function engineOf(
  { tested, open, fetchPath, onStage }: TabReplay,
  recipe: Recipe | null,
): Promise<ReplayEngine<TestedEngine>> {
  const digest = recipe?.engine ?? tested.engine.digest;
  const named = async () => {
    onStage("fetching the engine of the recipe");
    const binary = await fetchPath(`/engines/${digest}.wasm`).catch((error) => {
      throw new NotFoundError(`it could not be fetched: ${error.message}`);
    });
    await assertEngine(binary, digest);
    return await open(binary);
  };
  return await openReplayEngine(
    digest === tested.engine.digest ? null : named,
    () => Promise.resolve(tested),
  );
}
