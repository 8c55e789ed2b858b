import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { NotFoundError } from "../../../../lib/errors.ts";
import { csvFile, csvText } from "../../../../lib/http/csv.ts";
import { json } from "../../../../lib/http/json.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { requireRubricVersions } from "../../../../lib/lab/store.ts";
import { criteriaSheet } from "../../../../lib/lab/tinyscalelab/write.ts";

const query = z.object({
  version: z.coerce.number({ error: "a whole number from 1" }).int("a whole number from 1")
    .optional(),
});

export const handler = define.handlers({
  /** A version as a file that the form takes again. */
  async GET(ctx) {
    ctx.state.keep = true;
    const { slug, file } = ctx.params;
    const { version } = parseQuery(query, ctx.url);
    const versions = await requireRubricVersions(ctx.state.services.db, slug);
    const rubric = versions.find((one) => one.version === (version ?? versions[0].version));
    if (rubric && file === "criteria.csv") {
      const { header, rows } = criteriaSheet(rubric);
      return csvFile(`${slug}-${rubric.version}.csv`, csvText(header, rows));
    }
    if (rubric && file === "rubric.json") {
      const { name, levels, criteria, source } = rubric;
      return json({ slug, name, levels, criteria, source });
    }
    throw new NotFoundError("A rubric has no such file", {
      expected: "criteria.csv or rubric.json, of one of its versions",
      got: file.slice(0, 40),
    });
  },
});
