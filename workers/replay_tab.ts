// Trains a model again in a browser tab: the same replay as the server's, over the network.

import { CORPORA, isUploadId, uploadFile } from "../lib/corpora/registry.ts";
import { MOST_BYTES } from "../lib/engine/kernels.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { NotFoundError } from "../lib/errors.ts";
import type { TinygptFile } from "../lib/format/read.ts";
import { chainOrNull } from "../lib/verification/chain.ts";
import { type Opening, openingOf } from "../lib/verification/opening.ts";
import { recipeOrNull } from "../lib/verification/parse_recipe.ts";
import { namedCorpora, type Recipe } from "../lib/verification/recipe.ts";
import type { VerifyProgress } from "../lib/verification/replay_claim.ts";
import {
  assertEngine,
  openReplayEngine,
  type ReplayEngine,
} from "../lib/verification/replay_engine.ts";
import type { RunCheckpoint } from "../lib/verification/run_checkpoint.ts";
import { startState } from "../lib/verification/start_state.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { verifyFile } from "../lib/verification/verify.ts";
import type { TabRequest, TabSegment } from "./score_protocol.ts";
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
  { claimedScores, segment }: ReplayRequest,
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
  const resume = segment && await startOf(replay, recipe, segment);
  const openings: Opening[] = [];
  if (resume) openings.push(await openingOf(resume.state, resume.lastLoss));
  const result = await verifyFile({
    ...{ file, engine, instead, claimedScores, resume },
    segment: segment && { from: segment.from, to: segment.to },
    onProgress: withinSegment(onProgress, file, segment),
    loadData: (path) => fetchPath(addresses.get(path) ?? `/data/${path}`),
    uploads: new Set(uploads),
    verifier: await describeTab(engine, selfTestDigest),
    // Whose tab it is decides how long it may take.
    ...{ budgetFlops: Infinity, budgetBytes: MOST_BYTES },
    nowMs: () => performance.now(),
    // Of the leaves that came out as the file claims: what only who runs the recipe knows.
    onCheckpoint: async ({ state, lastLoss }) => {
      openings.push(await openingOf(state, lastLoss));
    },
  });
  if (engine !== tested.engine) engine.close();
  return { result, openings };
}

/** Fetched from the board, which is believed nothing: the file's leaf says what it has to be. */
async function startOf(
  { file, fetchPath, onStage }: TabReplay,
  recipe: Recipe | null,
  { from, state }: TabSegment,
): Promise<RunCheckpoint | undefined> {
  if (state === null || recipe === null) return undefined;
  onStage("fetching the state it starts from");
  const bytes = await fetchPath(state).catch((error) => {
    throw new NotFoundError(`The state could not be fetched: ${error.message}`, {
      fix: "States are kept for as long as there is room. Load the page again, or replay it whole.",
    });
  });
  return await startState(bytes, { recipe, chain: file.chain, leaf: from });
}

/** Tells of the part that is replayed as if it were all there is. */
function withinSegment(
  tell: (progress: VerifyProgress) => void,
  { chain }: TinygptFile,
  segment: TabSegment | undefined,
): (progress: VerifyProgress) => void {
  const steps = chainOrNull(chain)?.leafSteps;
  if (segment === undefined || !steps) return tell;
  const [first, last] = [steps[segment.from] ?? 0, steps[segment.to] ?? 0];
  return ({ stage, fraction, step }) => {
    const done = (step - first) / Math.max(1, last - first);
    tell({ stage, fraction: stage === "replaying" ? done : fraction, step });
  };
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
