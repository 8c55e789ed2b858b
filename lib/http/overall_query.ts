// The query of the overall board's address, on the page and in the API. Knows no route.

import { z } from "zod";
import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import {
  decodeOverallCursor,
  MOST_WEIGHT,
  type OverallView,
  USUAL_WEIGHT,
} from "../leaderboard/overall.ts";
import { place } from "./board_query.ts";

const WEIGHT = `a weight from 0 to ${MOST_WEIGHT} such as 1 or 2.5`;

const weight = z.string().regex(/^\d{1,3}(\.\d{1,4})?$/, WEIGHT).transform(Number)
  .pipe(z.number().max(MOST_WEIGHT, WEIGHT)).default(USUAL_WEIGHT);

const FIELDS = {
  ...Object.fromEntries(
    RANKED_BENCHMARKS.map(({ id, name }) => [id, weight.describe(`Weight of ${name}`)]),
  ) as Record<string, typeof weight>,
  after: place(decodeOverallCursor)
    .describe("The next of a page: the 100 rows after it, with the same weights"),
  before: place((text) => text === "end" ? text : decodeOverallCursor(text))
    .describe('The previous of a page: the 100 rows before it; "end" for the last ones'),
};

function checked<Schema extends z.ZodType>(schema: Schema) {
  return schema.refine((read) => RANKED_BENCHMARKS.some(({ id }) => weightOf(read, id) > 0), {
    path: [RANKED_BENCHMARKS[0].id],
    message: "one weight above 0 at least",
  }).refine((read) => {
    const { after, before } = read as OverallView;
    return after === null || before === null;
  }, { path: ["before"], message: "nothing beside after" });
}

function weightOf(read: unknown, id: string): number {
  return (read as Record<string, number>)[id];
}

export const overallQuerySchema = checked(z.object(FIELDS));

/** The same, and the format of the answer. */
export const overallApiQuery = checked(z.object({
  ...FIELDS,
  format: z.enum(["json", "csv"], "json or csv").default("json")
    .describe("JSON, or the rows as a table"),
}));

/** What a parsed query asks for. */
export function overallView(read: unknown): OverallView {
  const { after, before } = read as OverallView;
  const weights = RANKED_BENCHMARKS.map(({ id }) => [id, weightOf(read, id)]);
  return { weights: Object.fromEntries(weights), after, before };
}
