import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { sql } from "kysely";
import assert from "node:assert/strict";
import { addManyEntries } from "../../bench/many_entries.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { ROW_ORDERS, type RowCursor, type RowOrderName } from "../../lib/leaderboard/orders.ts";
import {
  pageQuery,
  type PageRequest,
  readPage,
  unrankedQuery,
} from "../../lib/leaderboard/standing_store.ts";
import { filterOf } from "../../lib/leaderboard/view_store.ts";
import { featuredQuery } from "../../lib/submissions/shelf_store.ts";
import { sampleQuery } from "../../lib/verification/sample_store.ts";
import type { Db } from "../../lib/storage/database.ts";
import { pageView } from "../support/board_views.ts";
import { testBackends, type TestDatabase } from "../support/databases.ts";

const BOARDS = [SORT_6, TINYSTORIES_PPL_V2];
/** Enough that reading them all would be the slower way. */
const ENTRIES = 10_000;

const INDEXES: Record<RowOrderName, string> = {
  best: "standing_best",
  worst: "standing_worst",
  smallest: "standing_parameters",
  largest: "standing_parameters",
  newest: "standing_age",
  oldest: "standing_age",
  cheapest: "standing_flops",
  dearest: "standing_flops_reversed",
  "most-per-parameter": "standing_gain_per_parameter",
  "least-per-parameter": "standing_gain_per_parameter",
  "most-per-flop": "standing_gain_per_flop",
  "least-per-flop": "standing_gain_per_flop_reversed",
  "a-to-z": "standing_by_name",
  "z-to-a": "standing_by_name",
  fastest: "standing_by_time",
  slowest: "standing_by_time_reversed",
  "most-proven": "standing_by_proof",
  "least-proven": "standing_by_proof",
  "fewest-tickets": "standing_by_seed",
  "most-tickets": "standing_by_seed",
};

interface Plan {
  "Node Type": string;
  "Index Name"?: string;
  /** A condition that is asked of each row that an index has given. */
  Filter?: string;
  Plans?: Plan[];
}

/** Kinds of the nodes, an index scan by the name of its index. */
function nodes(plan: Plan): string[] {
  const { "Node Type": type, "Index Name": index, Filter, Plans = [] } = plan;
  return [index ?? type, ...(Filter ? [`filter ${Filter}`] : []), ...Plans.flatMap(nodes)];
}

async function planOf(query: { explain(format: "json"): Promise<unknown> }): Promise<string[]> {
  const [row] = await query.explain("json") as { "QUERY PLAN": [{ Plan: Plan }] }[];
  return nodes(row["QUERY PLAN"][0].Plan);
}

for (const backend of testBackends()) {
  describe(`plans for a large board on ${backend.name}`, () => {
    let opened: TestDatabase;
    let db: Db;
    beforeAll(async () => {
      opened = await backend.open();
      db = opened.db;
      await addManyEntries(db, ENTRIES, BOARDS);
    });
    afterAll(async () => {
      await opened.close();
      await backend.close();
    });

    /** Half way down. */
    async function deep(order: RowOrderName): Promise<RowCursor> {
      const rows = await readPage(db, SORT_6, { order, limit: ENTRIES / 2 });
      return rows.at(-1)!.cursor;
    }

    for (const order of Object.keys(ROW_ORDERS) as RowOrderName[]) {
      it(`read the order "${order}" from its index, on the first page as on a deep one`, async () => {
        const cursor = await deep(order);
        for (const board of BOARDS) {
          const at: Partial<PageRequest>[] = [
            {},
            { before: "end" },
            ...(board === SORT_6 ? [{ after: cursor }, { before: cursor }] : []),
          ];
          for (const place of at) {
            const query = pageQuery(db, board, { order, limit: 101, ...place });
            assert.deepEqual(await planOf(query), ["Limit", INDEXES[order]], board.id);
          }
        }
      });
    }

    it("read the rows of an author, of a state and the featured ones from indexes", async () => {
      const filters: Record<string, string> = {
        "author=author+7": "standing_author",
        "state=mismatch": "standing_provenance",
        "state=exact": "standing_provenance",
        "featured=on": "standing_featured",
      };
      for (const [query, index] of Object.entries(filters)) {
        const filter = filterOf(pageView(query));
        const plan = await planOf(pageQuery(db, SORT_6, { order: "best", limit: 101, filter }));
        assert.deepEqual(plan, ["Limit", index], query);
      }
    });

    it("read what editors have chosen from an index", async () => {
      assert.deepEqual((await planOf(featuredQuery(db))).slice(0, 2), ["Limit", "entry_featured"]);
    });

    it("read what was sampled of the entries of a page by the index of their reports", async () => {
      await sql`insert into report (id, entry_id, verdict, statement, statement_digest, created_at)
        select 'report-' || id, id, 'exact', '{}', 'd', created_at from entry`.execute(db);
      await sql`analyze report`.execute(db);
      const ids = (await readPage(db, SORT_6, { order: "best", limit: 100 }))
        .map(({ row }) => row.entryId);
      const plan = await planOf(sampleQuery(db, ids));
      assert.ok(plan.includes("report_entry"), plan.join(", "));
      assert.ok(!plan.includes("Seq Scan"), plan.join(", "));
    });

    it("find a part of a name by its trigrams", async () => {
      for (const part of ["9876", "OR 4321", "zzzz"]) {
        const filter = filterOf(pageView(`q=${part}`));
        const plan = await planOf(pageQuery(db, SORT_6, { order: "best", limit: 101, filter }));
        assert.ok(plan.includes("entry_search") && plan.includes("standing_pkey"), plan.join());
        assert.ok(!plan.includes("Seq Scan"), plan.join());
      }
    });

    it("read what has no rank from an index", async () => {
      assert.deepEqual(await planOf(unrankedQuery(db, SORT_6, { limit: 100 })), [
        "Limit",
        "standing_unranked",
      ]);
    });
  });
}
