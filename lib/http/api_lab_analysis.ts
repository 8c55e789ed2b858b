// The analysis of a set in the API: what is answered, and the operation. Knows no route.

import { z } from "zod";
import { type Agreement, METRICS } from "../lab/agreement.ts";
import { bySize, type MeanRow, type SharedAlpha } from "../lab/analysis.ts";
import type { AnalysisPage } from "../lab/analysis_page.ts";
import { meanOf } from "../lab/means.ts";
import type { Rater } from "../lab/types.ts";
import { json, type Operations } from "./api_operation.ts";

const count = () => z.int().min(0);
const interval = () => z.tuple([z.number(), z.number()]).nullable().describe("95 %.");

const estimateSchema = z.object({ value: z.number().nullable(), interval: interval() })
  .meta({ id: "LabEstimate" });

const agreementFields = {
  pairs: count().describe("Scores that both gave."),
  equal: estimateSchema.describe("Share of equal scores."),
  bias: estimateSchema.describe("Mean of the second's less the first's: above 0, it is milder."),
  kappa: estimateSchema.describe("Cohen's."),
  quadratic: estimateSchema.describe("Cohen's, weighed by squared distance."),
  alpha: estimateSchema.describe("Krippendorff's of the two, of numbers."),
  levels: z.array(z.number()),
  confusion: z.array(z.array(count())).describe("[i][j]: first gave level i, second level j."),
};

const whoSchema = z.object({ id: z.string(), name: z.string(), kind: z.enum(["human", "judge"]) });

const meanSchema = z.object({
  id: z.string().describe("Of a category or a criterion; or overall."),
  of: z.enum(["all", "category", "criterion"]),
  models: z.array(z.object({
    model: z.string(),
    mean: z.number().nullable(),
    scores: count(),
    interval: interval(),
  })),
});

const sharedSchema = z.object({
  raters: count(),
  units: count().describe("Completions and criteria that two or more scored."),
  nominal: estimateSchema,
  ordinal: estimateSchema,
  interval: estimateSchema,
});

const analysisSchema = z.object({
  set: z.string(),
  shown: z.array(whoSchema).describe("Whose scores the means are of."),
  means: z.array(meanSchema),
  agreements: z.array(z.object({ a: whoSchema, b: whoSchema, ...agreementFields }))
    .describe("Of each two who scored something in common."),
  pair: z.object({
    a: whoSchema,
    b: whoSchema,
    notBlind: count().describe("Scores left out because the judge's was on the screen."),
    criteria: z.array(z.object({
      ...{ id: z.string(), category: z.string(), text: z.string() },
      ...agreementFields,
    })),
  }).nullable().describe("Two of them, criterion by criterion."),
  alpha: z.object({ people: sharedSchema, all: sharedSchema })
    .describe("Krippendorff's of people, and of people and judges."),
  drift: z.array(z.object({ rater: whoSchema, round: z.int().min(1), ...agreementFields }))
    .describe("Of repeats beside the first scores."),
}).meta({ id: "LabAnalysis", description: "What follows from the scores of a set." });

export const LAB_ANALYSIS_OPERATIONS: Operations = {
  "/api/v1/lab/sets/{id}/analysis": {
    get: {
      tag: "Lab",
      summary: "Means, agreement and drift of a set, each with its interval",
      path: {
        id: z.string().meta({ description: "Id of the set.", examples: ["k7tqz4mwx9c2"] }),
      },
      query: z.object({
        rater: z.string().optional().describe("Whose means; those of all people without it."),
        a: z.string().optional().describe("Two raters to compare criterion by criterion:"),
        b: z.string().optional().describe("without them, those who have the most in common."),
      }),
      answer: json(analysisSchema),
    },
  },
};

export function analysisJson(page: AnalysisPage): z.input<typeof analysisSchema> {
  const { set, shown, means, agreements, pair, alphas, drift } = page;
  const names = bySize(set.models).map(({ name }) => name);
  const rows = (of: "all" | "category" | "criterion", list: readonly MeanRow[]) =>
    list.map(({ id, means }) => ({
      ...{ id, of },
      models: means.map((mean, i) => ({
        ...{ model: names[i], mean: meanOf(mean), scores: mean.count, interval: mean.interval },
      })),
    }));
  return {
    set: set.id,
    shown: shown.map(who),
    means: [
      ...rows("all", [means.overall]),
      ...rows("category", means.categories),
      ...rows("criterion", means.categories.flatMap(({ criteria }) => criteria)),
    ],
    agreements: agreements.map((one) => ({ a: who(one.a), b: who(one.b), ...agreement(one) })),
    pair: pair && {
      ...{ a: who(pair.a), b: who(pair.b), notBlind: pair.notBlind },
      criteria: pair.criteria.map((one) => ({
        ...{ id: one.id, category: one.category, text: one.text },
        ...agreement(one),
      })),
    },
    alpha: { people: shared(alphas.people), all: shared(alphas.all) },
    drift: drift.map((one) => ({ rater: who(one.rater), round: one.round, ...agreement(one) })),
  };
}

function who({ id, name, kind }: Rater) {
  return { id, name, kind };
}

function agreement(
  { pairs, equal, bias, kappa, quadratic, alpha, intervals, levels, confusion }: Agreement,
) {
  return {
    pairs,
    equal: { value: meanOf(equal), interval: equal.interval },
    bias: { value: meanOf(bias), interval: bias.interval },
    kappa: { value: kappa, interval: intervals.kappa },
    quadratic: { value: quadratic, interval: intervals.quadratic },
    alpha: { value: alpha, interval: intervals.alpha },
    levels,
    confusion,
  };
}

function shared({ raters, units, alpha, intervals }: SharedAlpha) {
  const [nominal, ordinal, interval] = METRICS.map((metric) => ({
    value: alpha[metric],
    interval: intervals[metric],
  }));
  return { raters, units, nominal, ordinal, interval };
}
