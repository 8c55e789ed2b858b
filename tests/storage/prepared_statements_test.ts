import { afterAll, afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { pgliteBackend, type TestDatabase } from "../support/databases.ts";

/** More often than a statement comes before it is prepared. */
const TIMES = 6;
const MOST = 200;

const backend = pgliteBackend();
let opened: TestDatabase;

describe("statements that the embedded database is asked again", () => {
  beforeEach(async () => {
    opened = await backend.open({ migrated: false });
    await sql`create table thing (id integer primary key, name text, at timestamptz, doc jsonb,
      size bigint, share double precision, good boolean, tags text[])`.execute(opened.db);
  });
  afterEach(() => opened.close());
  afterAll(() => backend.close());

  /** Statements it keeps now, this question not among them. */
  async function kept(): Promise<string[]> {
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements /* ${sql.raw(crypto.randomUUID())} */
    `.execute(opened.db);
    return rows.map(({ statement }) => statement);
  }

  it("answers each time as the first time, values of every type and none included", async () => {
    const values = [
      ["Ünïcode '\"\\", new Date("2026-01-02T03:04:05.678Z"), { a: [1, null] }, 2 ** 40, 0.1, true],
      [null, null, null, null, null, null],
      ["", new Date(0), [], -1, Number.MAX_VALUE, false],
    ];
    for (let i = 0; i < 3 * TIMES; i++) {
      const [name, at, doc, size, share, good] = values[i % 3];
      const json = doc === null ? null : JSON.stringify(doc);
      const { rows } = await sql`insert into thing values
        (${i}, ${name}, ${at}, ${json}, ${size}, ${share}, ${good}, ${["x", "y,z"]})
        returning *`.execute(opened.db);
      assert.deepEqual(rows, [{ id: i, name, at, doc, size, share, good, tags: ["x", "y,z"] }]);
      const changed = await sql`update thing set size = 1 where id <= ${i}`.execute(opened.db);
      assert.equal(changed.numAffectedRows, BigInt(i + 1));
    }
    const texts = await kept();
    assert.equal(texts.filter((text) => text.startsWith("insert into thing")).length, 1);
    assert.equal(texts.filter((text) => text.startsWith("update thing")).length, 1);
  });

  it("gives the columns a table has by then", async () => {
    const all = async () => (await sql`select * from thing`.execute(opened.db)).rows;
    await sql`insert into thing (id) values (1)`.execute(opened.db);
    for (let i = 0; i < TIMES; i++) await all();
    await sql`alter table thing add column more text default 'new'`.execute(opened.db);
    const [row] = await all();
    assert.equal((row as { more: string }).more, "new");
  });

  it("fails as others do, and goes on after it", async () => {
    const insert = (id: number) => sql`insert into thing (id) values (${id})`.execute(opened.db);
    for (let i = 0; i < TIMES; i++) await insert(i);
    await assert.rejects(insert(0), { code: "23505", table: "thing" });
    await assert.rejects(
      sql`insert into thing (id) values (${"no number"})`.execute(opened.db),
      { code: "22P02" },
    );
    await insert(TIMES);
    const failing = opened.db.transaction().execute(async (trx) => {
      await sql`insert into thing (id) values (${100})`.execute(trx);
      await sql`insert into thing (id) values (${0})`.execute(trx);
    });
    await assert.rejects(failing, { code: "23505" });
    const { rows } = await sql`select count(*) as count from thing`.execute(opened.db);
    assert.deepEqual(rows, [{ count: TIMES + 1 }]);
  });

  it("prepares no more than it can keep", async () => {
    for (let i = 0; i < MOST + 20; i++) {
      for (let times = 0; times < 3; times++) {
        const { rows } = await sql`select ${sql.lit(i)} + ${1}::integer as n`.execute(opened.db);
        assert.deepEqual(rows, [{ n: i + 1 }]);
      }
    }
    const texts = await kept();
    assert.ok(texts.length <= MOST && texts.length > MOST - 20, `${texts.length} are kept`);
    assert.ok(texts.some((text) => text.includes(`select ${MOST + 19} +`)));
  });
});
