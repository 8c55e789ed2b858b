// Verdicts of reviewers in the API: what is answered, and the operation. Knows no route.

import { z } from "zod";
import type { ListedReview } from "../lab/reviews_store.ts";
import { json, type Operations } from "./api_operation.ts";
import { reviewsQuery } from "./lab_query.ts";

const reviewsSchema = z.object({
  total: z.int().min(0),
  reviews: z.array(
    z.object({
      id: z.string(),
      setId: z.string(),
      setName: z.string(),
      position: z.int().min(1).describe("Of the completion in its set."),
      model: z.string(),
      category: z.string(),
      prompt: z.string(),
      completion: z.string(),
      criterion: z.string().describe("Its id."),
      text: z.string().describe("Its words."),
      rater: z.string().describe("Whose score it is about."),
      kind: z.enum(["human", "judge"]),
      score: z.number().nullable(),
      note: z.string().nullable().describe("Why that score was given."),
      reviewer: z.string(),
      blindValue: z.number().nullable()
        .describe("What the reviewer gave without seeing the score; null where it was shown."),
      agree: z.boolean(),
      comment: z.string(),
      at: z.iso.datetime(),
    }).meta({ id: "LabReview" }),
  ).describe("Newest first, 100 at most."),
  next: z.string().nullable().describe("Path of the next part; null at the end."),
});

export const LAB_REVIEW_OPERATIONS: Operations = {
  "/api/v1/lab/reviews": {
    get: {
      tag: "Lab",
      summary: "What people said of scores of others",
      query: reviewsQuery,
      answer: json(reviewsSchema),
    },
  },
};

export function reviewsJson(
  reviews: readonly ListedReview[],
  { total, next }: { total: number; next: string | null },
): z.input<typeof reviewsSchema> {
  return {
    total,
    reviews: reviews.map(({ at, ...review }) => ({ ...review, at: at.toISOString() })),
    next,
  };
}
