// The form of a confirmation, and what it has to show. Knows no database.

import { z } from "zod";
import { fromHex, toHex } from "../bytes.ts";
import { leafOfDigests } from "./chain.ts";
import { CONFIRMATION_TYPE, CONFIRMED_VERDICTS, segmentOfScope } from "./confirmed_scope.ts";
import { trainingTokens } from "./cost.ts";
import type { Opening } from "./opening.ts";
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

const leaf = () => z.int().min(0).max(MAX_CHECKPOINTS);

/** Of a segment: leaves from which and to which. */
export const segmentSchema = z.strictObject({ from: leaf(), to: leaf() })
  .refine(({ from, to }) => from < to, { path: ["to"], message: "a leaf after the first" });

const scopeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("full") }),
  z.strictObject({ kind: z.literal("segment"), from: leaf(), to: leaf() }),
]);

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
    scope: scopeSchema.optional()
      .describe(
        "What was replayed: the run, or the part between two checkpoints. Verdict, tags " +
          "and step are about that alone. Without it the whole run.",
      ),
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

/**
 * The first leaf whose opening is not of what the file claims there; -1 when all are.
 *
 * @param openings the first of leaf `from`.
 */
export function firstFalseOpening(
  recipe: Recipe,
  { leaves, leafSteps }: Pick<Chain, "leaves" | "leafSteps">,
  openings: readonly Opening[],
  from = 0,
): number {
  for (const [i, { weights, m, v, loss }] of openings.entries()) {
    const j = from + i;
    const step = leafSteps[j];
    if (step === undefined) return j;
    const tokens = trainingTokens({ ...recipe, steps: step });
    const digests = [weights, m, v].map(fromHex);
    const leaf = leafOfDigests({ j, step, tokens, digests, lossNats: loss });
    if (toHex(leaf) !== leaves[j]) return j;
  }
  return -1;
}

/**
 * How many openings a statement needs: of an exact one all of what was replayed, else those before
 * the first difference.
 */
export function openingsNeeded(
  { verdict, firstDivergentStep, scope }: Pick<
    Confirmation["predicate"],
    "verdict" | "firstDivergentStep" | "scope"
  >,
  { leafSteps }: Pick<Chain, "leafSteps">,
): number {
  const { from, to } = segmentOfScope(scope) ?? { from: 0, to: leafSteps.length - 1 };
  const replayed = leafSteps.slice(from, to + 1);
  if (verdict === "exact") return replayed.length;
  return replayed.filter((step) => step < (firstDivergentStep ?? 0)).length;
}
