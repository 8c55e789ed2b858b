// Queries that pages and the API of the lab share. Knows no route.

import { z } from "zod";

export const raterId = z.string().regex(/^[\w-]{1,64}$/, "the id of a rater").optional();

/** Whose means, and which two are compared. */
export const analysisQuery = z.object({ rater: raterId, a: raterId, b: raterId });
