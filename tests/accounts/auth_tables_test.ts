import { afterAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { getMigrations } from "better-auth/db/migration";
import { authOptions } from "../../lib/accounts/auth_options.ts";
import { testBackends } from "../support/databases.ts";

const SETTINGS = { port: 8000, secret: "s".repeat(32) };

for (const backend of testBackends()) {
  describe(`the tables of accounts on ${backend.name}`, () => {
    afterAll(() => backend.close());

    it("are the ones better-auth would have made, to the type of each column", async () => {
      const opened = await backend.open();
      const warnings: string[] = [];
      const logger = {
        level: "warn" as const,
        log: (_level: string, message: string) => void warnings.push(message),
      };
      const plan = await getMigrations({ ...authOptions(opened.db, SETTINGS), logger });
      assert.deepEqual(plan.toBeCreated.map(({ table }) => table), []);
      assert.deepEqual(plan.toBeAdded.map(({ table, fields }) => [table, Object.keys(fields)]), []);
      assert.deepEqual(plan.toBeAddedIndexes, []);
      assert.deepEqual(plan.schemaProblems, []);
      // It warns of columns whose type or nullability differs.
      assert.deepEqual(warnings, []);
      await opened.close();
    });

    it("lack no index on what better-auth looks things up by", async () => {
      const opened = await backend.open();
      const empty = { ...authOptions(opened.db, SETTINGS), logger: { disabled: true } };
      const { rows } = await opened.queueDatabase.executeSql(
        "select tablename || '.' || indexdef as line from pg_indexes where schemaname = 'public'",
      );
      const indexes = rows.map(({ line }: { line: string }) => line);
      const { getAuthTables } = await import("better-auth/db");
      for (const { modelName, fields } of Object.values(getAuthTables(empty))) {
        for (const [name, field] of Object.entries(fields)) {
          if (!field.index && !field.unique) continue;
          const column = field.fieldName ?? name;
          const unique = field.unique ? "UNIQUE " : "";
          const found = indexes.some((line: string) =>
            line.startsWith(`${modelName}.CREATE ${unique}INDEX`) && line.endsWith(`(${column})`)
          );
          assert.ok(found, `${modelName}.${column}`);
        }
      }
      await opened.close();
    });
  });
}
