// The query of a board's address, on pages and in the API. Knows no route.

import { z } from "zod";
import { TRAINED_IN } from "../format/header.ts";
import { decodeRowCursor, ORDERS, SORTS } from "../leaderboard/orders.ts";
import {
  COLUMNS,
  DEFAULT_COLUMNS,
  LISTED_STATES,
  PARAMETER_COUNT,
  SEED_KINDS,
} from "../leaderboard/view.ts";
import { baselinesSwitch } from "./query.ts";

const PARAMETERS = "a number of parameters such as 4224, 500k or 1.5M";
const DATE = "a date from the year 2000 on, such as 2026-11-24";
const PLACE = "the place of a row, as the links to the next and the previous page have it";
const FACTORS: Record<string, number> = { "": 1, k: 1e3, m: 1e6 };

/** Parts with commas between them, in the order of `values`. */
function listOf<T extends string>(values: readonly T[]) {
  const expected = `some of ${values.join(", ")}, with commas between`;
  return z.string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(values, expected)))
    .transform((chosen) => values.filter((value) => chosen.includes(value)));
}

function text(expected: string) {
  // deno-lint-ignore no-control-regex
  return z.string().trim().max(100, expected).regex(/^[^\u0000]*$/, expected).default("");
}

const parameterCount = z.string()
  .regex(PARAMETER_COUNT, PARAMETERS)
  .transform((written) => {
    const factor = FACTORS[written.replace(/[\d. ]/g, "").toLowerCase()];
    return Math.round(Number.parseFloat(written) * factor);
  })
  .nullable().default(null);

/** Where a page starts or ends, as the links of pages say it; null for anything else. */
export function place<T>(read: (text: string) => T | null) {
  return z.string(PLACE).transform((text, context) => {
    const found = read(text);
    if (found === null) context.addIssue({ code: "custom", message: PLACE });
    return found ?? z.NEVER;
  }).nullable().default(null);
}

const FIELDS = {
  q: text("up to 100 characters of a name or an author")
    .describe("Part of the name of a model or of its author"),
  author: text("the name of an author").describe("The whole name of an author"),
  state: listOf(LISTED_STATES).default([]).describe("States of proof"),
  seed: z.enum(SEED_KINDS, SEED_KINDS.join(" or ")).nullable().default(null)
    .describe("Seeds drawn by the board after the recipe was fixed, or chosen by the author"),
  trainedIn: z.enum(TRAINED_IN, TRAINED_IN.join(" or ")).nullable().default(null)
    .describe("Where it was trained, as its file says"),
  featured: z.literal("on", '"on"').optional().transform((value) => value === "on")
    .describe("Featured models only"),
  minParameters: parameterCount.describe("Parameters at least"),
  maxParameters: parameterCount.describe("Parameters at most"),
  since: z.string().regex(/^2\d{3}-/, DATE).pipe(z.iso.date(DATE)).nullable().default(null)
    .describe("Submitted on this day (UTC) or later"),
  sort: z.enum(SORTS, `one of ${SORTS.join(", ")}`).default("score")
    .describe("What the rows are sorted by; the rank is that of the whole board all the same"),
  order: z.enum(ORDERS, '"asc" or "desc"').nullable().default(null)
    .describe("Without it best, smallest, cheapest, newest or most proven first, or from A to Z"),
  columns: listOf(COLUMNS).default([...DEFAULT_COLUMNS])
    .describe("Columns of the page and of CSV"),
  baselines: baselinesSwitch.describe("Baselines among the rows of the whole board"),
  after: place(decodeRowCursor).describe(
    "The next of a page: the 100 rows after it, in the same order",
  ),
  before: place((text) => text === "end" ? text : decodeRowCursor(text)).describe(
    'The previous of a page: the 100 rows before it; "end" for the last ones',
  ),
};

function asView<Shape extends typeof FIELDS>(shape: Shape) {
  type View = z.output<z.ZodObject<typeof FIELDS>>;
  return z.object(shape).refine(
    (view) => {
      const { minParameters, maxParameters } = view as View;
      return minParameters === null || maxParameters === null || minParameters <= maxParameters;
    },
    { path: ["minParameters"], message: "at most maxParameters" },
  ).refine((view) => (view as View).after === null || (view as View).before === null, {
    path: ["before"],
    message: "nothing beside after",
  });
}

/** Gives a `BoardView`. */
export const boardQuery = asView(FIELDS);

/** The same, and the format of the answer. */
export const boardApiQuery = asView({
  ...FIELDS,
  format: z.enum(["json", "csv"], "json or csv").default("json")
    .describe("JSON, or the rows as a table"),
});
