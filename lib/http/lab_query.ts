// Queries that pages and the API of the lab share. Knows no route.

import { z } from "zod";
import type { ReviewFilter } from "../lab/reviews_store.ts";
import { pageNumber } from "./query.ts";

export const raterId = z.string().regex(/^[\w-]{1,64}$/, "the id of a rater").optional();

/** Whose means, and which two are compared. */
export const analysisQuery = z.object({ rater: raterId, a: raterId, b: raterId });

const words = (length: number) => z.string().max(length).transform((text) => text || undefined);

/** Which verdicts of reviewers; an empty field of a form is none. */
export const reviewsQuery = z.object({
  set: words(64).optional().describe("Id of a set."),
  criterion: words(80).optional().describe("Id of a criterion."),
  agree: z.enum(["yes", "no", ""], "yes or no").optional().describe("Of the verdict."),
  comments: z.enum(["only", ""], "only").optional().describe("Those with a comment alone."),
  page: pageNumber.describe("Which part, from 1."),
});

export function reviewFilter(
  { set, criterion, agree, comments }: z.output<typeof reviewsQuery>,
): ReviewFilter {
  return {
    set,
    criterion,
    agree: agree ? agree === "yes" : undefined,
    commented: comments === "only",
  };
}
