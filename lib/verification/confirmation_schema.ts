// The form of a confirmation, and what it has to show. Knows no database.

import { z } from "zod";
import { fromHex, toHex } from "../bytes.ts";
import { leafOfDigests } from "./chain.ts";
import { CONFIRMATION_TYPE, CONFIRMED_VERDICTS, type Opening } from "./confirmation.ts";
import { trainingTokens } from "./cost.ts";
import { MAX_CHECKPOINTS, type Recipe } from "./recipe.ts";
import { STATEMENT_TYPE } from "./report.ts";
import { type Chain, ENGINE_FAMILIES } from "./types.ts";

const sha = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
const text = (most: number) => z.string().min(1).max(most).regex(/^[\x20-\x7e]*$/, "plain text");

const openingSchema = z.strictObject({
  weights: sha(),
  m: sha(),
  v: sha(),
  loss: z.number(),
}) satisfies z.ZodType<Opening>;

export const openingsSchema = z.array(openingSchema).max(MAX_CHECKPOINTS + 1);

export const confirmationSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({
    name: z.enum(["model", "chain-head"]),
    digest: z.strictObject({ sha256: sha() }),
  })).length(2),
  predicateType: z.literal(CONFIRMATION_TYPE),
  predicate: z.strictObject({
    entry: text(64),
    recipeHash: sha(),
    engineDigest: sha(),
    nonce: sha(),
    verdict: z.enum(CONFIRMED_VERDICTS),
    firstDivergentStep: z.int().min(0).nullable(),
    tags: z.array(sha()).max(MAX_CHECKPOINTS + 1),
    verifier: z.strictObject({
      runtime: text(100),
      engineFamily: z.enum(ENGINE_FAMILIES),
      isa: text(20),
      threads: z.int().min(1).max(1024),
      selfTestDigest: sha(),
    }),
    wallMs: z.number().min(0),
    finishedAt: z.iso.datetime(),
  }),
}).meta({
  id: "Confirmation",
  description: "The in-toto statement a visitor signs. Runtime and instruction set are declared.",
});
export type Confirmation = z.infer<typeof confirmationSchema>;

/** Index of the first opening that is not of the leaf the file claims; -1 when all are. */
export function firstFalseOpening(
  recipe: Recipe,
  { leaves, leafSteps }: Pick<Chain, "leaves" | "leafSteps">,
  openings: readonly Opening[],
): number {
  for (const [j, { weights, m, v, loss }] of openings.entries()) {
    const step = leafSteps[j];
    if (step === undefined) return j;
    const tokens = trainingTokens({ ...recipe, steps: step });
    const digests = [weights, m, v].map(fromHex);
    const leaf = leafOfDigests({ j, step, tokens, digests, lossNats: loss });
    if (toHex(leaf) !== leaves[j]) return j;
  }
  return -1;
}

/** How many openings a statement needs: all of an exact run, else those before the first difference. */
export function openingsNeeded(
  { verdict, firstDivergentStep }: Pick<
    Confirmation["predicate"],
    "verdict" | "firstDivergentStep"
  >,
  { leafSteps }: Pick<Chain, "leafSteps">,
): number {
  if (verdict === "exact") return leafSteps.length;
  return leafSteps.filter((step) => step < (firstDivergentStep ?? 0)).length;
}
