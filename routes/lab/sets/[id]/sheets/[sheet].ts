import { z } from "zod";
import { define } from "../../../../../app_state.ts";
import { NotFoundError } from "../../../../../lib/errors.ts";
import { csvFile, csvText } from "../../../../../lib/http/csv.ts";
import { parseQuery } from "../../../../../lib/http/query.ts";
import { loadSheet, SHEETS } from "../../../../../lib/lab/sheets.ts";

const query = z.object({
  rater: z.string().regex(/^[\w-]{1,64}$/, "the id of a rater").optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { rater } = parseQuery(query, ctx.url);
    const name = SHEETS.find((sheet) => `${sheet}.csv` === ctx.params.sheet);
    if (name === undefined) {
      throw new NotFoundError("A set has no such file", {
        expected: SHEETS.map((sheet) => `${sheet}.csv`).join(", "),
        got: ctx.params.sheet.slice(0, 40),
      });
    }
    const { sheet, fileName } = await loadSheet(ctx.state.services.db, ctx.params.id, {
      sheet: name,
      raterId: rater,
    });
    return csvFile(fileName, csvText(sheet.header, sheet.rows));
  },
});
