import { openDatabase } from "./lib/storage/database.ts";
import { migrate } from "./lib/storage/migrate.ts";
import { addManyEntries } from "./bench/many_entries.ts";
import { sql } from "kysely";
const [dir, n, url] = Deno.args;
const o = await openDatabase({ dataDir: dir, databaseUrl: url });
await migrate(o.db);
const t = performance.now();
await addManyEntries(o.db, Number(n));
console.log("filled", performance.now() - t);
console.log(
  (await sql`select relname, pg_size_pretty(pg_total_relation_size(oid)) t, pg_size_pretty(pg_relation_size(oid)) r from pg_class where relname ~ '^(standing|entry|score)' and relkind in ('r','i')`
    .execute(o.db)).rows,
);
console.log(
  (await sql`select benchmark, count(*) filter (where ranked) r, count(*) n, min(score), percentile_disc(0.5) within group (order by score) as med, max(score), count(distinct score) d from standing group by 1`
    .execute(o.db)).rows,
);
await o.close();
