// Opens the database of a data directory, commits one row, says so, and waits to be killed.

import { openDatabase } from "../../lib/storage/database.ts";

const { db } = await openDatabase({ dataDir: Deno.args[0] });
await db.insertInto("blob").values({ digest: "committed", byte_length: 1 }).execute();
console.log("ready");
await new Promise((resolve) => setTimeout(resolve, 60_000));
