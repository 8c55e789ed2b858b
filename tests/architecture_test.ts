import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { importsOf, isServerOnly, sourceFiles } from "./support/source_files.ts";

/** A part of lib may import itself and parts of a lower rank. */
const RANK: Record<string, number> = {
  "errors.ts": 0,
  "bytes.ts": 0,
  "hash.ts": 0.5,
  "environment.ts": 0.5,
  accounts: 0.6,
  tokenizers: 0.7,
  format: 1,
  corpora: 1,
  interchange: 2,
  engine: 2,
  benchmarks: 3,
  inspect: 3,
  verification: 4,
  twins: 5,
  leaderboard: 5,
  submissions: 6,
  playground: 6.5,
  lab: 7,
  moderation: 7,
};

/** Each is one idea in several files, whose types cannot be told without each other. */
const KNOTS = [
  // A closure holds its scope, a scope holds values, a native function is called with the machine.
  /^lib\/benchmarks\/javascript\/(machine|scope|values)\.ts$/,
  // A context renders pages, and a page is given its context.
  /^links\/fresh\/src\/(context|internals|render|types)\.ts$/,
];

const isomorphic = sourceFiles("lib/").filter((path) => !isServerOnly(path));

async function violations(
  files: string[],
  forbidden: (file: string, specifier: string, path: string | null, typeOnly: boolean) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) {
    for (const { specifier, path, typeOnly } of await importsOf(file)) {
      if (forbidden(file, specifier, path, typeOnly)) found.push(`${file} → ${specifier}`);
    }
  }
  return found;
}

describe("the import rules", () => {
  it("let a part of lib import only itself and lower parts", async () => {
    const part = (path: string) => path.split("/")[1];
    const wrong = await violations(isomorphic, (file, _, path) => {
      if (!path?.startsWith("lib/") || isServerOnly(path)) return false;
      return part(path) !== part(file) && !(RANK[part(path)] < RANK[part(file)]);
    });
    assert.deepEqual(wrong, []);
  });

  it("keep isomorphic code free of Deno, Node, the database and server-only parts", async () => {
    const wrong = await violations(
      isomorphic,
      (_, specifier, path, typeOnly) =>
        /^(node:|kysely|pg|@electric-sql)/.test(specifier) ||
        (path !== null && isServerOnly(path) && !typeOnly),
    );
    assert.deepEqual(wrong, []);
    for (const file of isomorphic) {
      const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
      assert.ok(!/\bDeno\.|\bDate\.now\(|\bnew Date\(\)|Math\.random/.test(text), file);
    }
  });

  it("use no host mathematics where results are exact", async () => {
    const exact = isomorphic.filter((path) =>
      /^lib\/(engine|corpora|benchmarks|inspect|verification)\//.test(path)
    );
    for (const file of exact) {
      const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
      const used = text.match(
        /Math\.(exp|expm1|log\w*|pow|sin|cos|tan|tanh|atan2?|cbrt|hypot|random)\b/,
      );
      assert.equal(used, null, `${file} uses ${used?.[0]}`);
    }
  });

  it("let islands import components and isomorphic lib only", async () => {
    const wrong = await violations(
      sourceFiles("islands/").concat(sourceFiles("components/")),
      (_, specifier, path, typeOnly) => {
        if (path === null) return /^(node:|kysely|pg)/.test(specifier);
        if (path.startsWith("lib/")) return isServerOnly(path) && !typeOnly;
        return !/^(components|islands)\//.test(path) && !path.endsWith("_protocol.ts");
      },
    );
    assert.deepEqual(wrong, []);
  });

  it("keep SQL and services out of routes", async () => {
    const wrong = await violations(
      sourceFiles("routes/"),
      (_, specifier, path) =>
        /^(kysely|pg|@electric-sql)/.test(specifier) ||
        (path !== null && /^(workers|cli|migrations)\//.test(path) &&
          !path.endsWith("_protocol.ts")),
    );
    assert.deepEqual(wrong, []);
  });

  it("let migrations import Kysely only, and wasm nothing outside itself", async () => {
    const migrations = await violations(
      sourceFiles("migrations/"),
      (_, specifier, path) => specifier !== "kysely" && !path?.startsWith("migrations/"),
    );
    const kernels = sourceFiles("wasm/").filter((path) => !/(build|load)\.ts$/.test(path));
    const wasm = await violations(kernels, (_, specifier) => !/^\.\/\w+$/.test(specifier));
    assert.deepEqual([...migrations, ...wasm], []);
  });

  it("have no cycles, of types neither", async () => {
    const files = sourceFiles().filter((path) => !path.startsWith("wasm/"));
    const edges = new Map<string, string[]>();
    for (const file of files) {
      const imports = await importsOf(file);
      const knot = KNOTS.find((files) => files.test(file));
      const paths = imports.filter(({ path, typeOnly }) =>
        path !== null && !(typeOnly && knot?.test(path))
      );
      edges.set(file, paths.map(({ path }) => path!));
    }
    const state = new Map<string, "open" | "done">();
    const visit = (file: string, trail: string[]): void => {
      if (state.get(file) === "done") return;
      assert.notEqual(state.get(file), "open", `cycle: ${[...trail, file].join(" → ")}`);
      state.set(file, "open");
      for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);
  });
});
