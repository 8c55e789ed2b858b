// What the machine found of entries before a moderator looks at them. Server only.

import type { Kysely } from "kysely";
import { BENCHMARKS, findBenchmark } from "../benchmarks/registry.ts";
import { contaminationOf } from "../corpora/store.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { Database } from "../storage/schema.ts";
import { probesOf } from "../submissions/store.ts";

export interface Finding {
  /** What was looked at: "limits", "probes", "contamination", "duplicates". */
  gate: string;
  /** Null while it is not known yet. */
  passed: boolean | null;
  /** In words for people. */
  detail: string;
}

/** Limits and format, probes, evaluation text in what it was made with, and the same weights again. */
export async function findingsOf(db: Kysely<Database>, entry: Entry): Promise<Finding[]> {
  const [probes, contamination, same] = await Promise.all([
    entry.model_digest === null ? [] : probesOf(db, entry.model_digest),
    contaminationOf(db, entry.id),
    sameWeights(db, entry),
  ]);
  return [
    limits(entry),
    entry.model_digest === null ? unknown("probes") : {
      gate: "probes",
      passed: probes.length === 0 ? null : probes.every(({ passed }) => passed),
      detail: probes.filter(({ passed }) => !passed).map(({ detail }) => detail).join(" ") ||
        (probes.length === 0 ? "not run" : `${probes.length} passed`),
    },
    contaminated(entry, contamination),
    entry.model_digest === null ? unknown("duplicates") : {
      gate: "duplicates",
      passed: same.length === 0,
      detail: same.length === 0
        ? "no other entry has these weights"
        : `same weights: ${
          same.map(({ id, name, author }) => `${name} by ${author} (${id})`).join(", ")
        }`,
    },
  ];
}

function limits({ status, failure }: Entry): Finding {
  if (status === "failed" && failure) {
    return { gate: "limits", passed: false, detail: `${failure.stage}: ${failure.reason}` };
  }
  const known = status === "scored";
  return {
    gate: "limits",
    passed: known ? true : null,
    detail: known ? "well-formed, within all limits" : `not checked yet (${status})`,
  };
}

function contaminated(
  entry: Entry,
  found: readonly { benchmark: string; version: number }[],
): Finding {
  const names = found.map(({ benchmark, version }) =>
    `${findBenchmark(benchmark, version)?.name ?? benchmark} v${version}`
  );
  if (names.length > 0) {
    return {
      gate: "contamination",
      passed: false,
      detail: `no rank on ${[...new Set(names)].join(", ")}`,
    };
  }
  if (entry.recipe === null) {
    return { gate: "contamination", passed: null, detail: "no recipe says what it was made with" };
  }
  const { length } = BENCHMARKS.filter(({ ranked }) => ranked);
  return {
    gate: "contamination",
    passed: true,
    detail: `its corpora hold text of none of the ${length} benchmarks`,
  };
}

function sameWeights(db: Kysely<Database>, { id, model_digest }: Entry) {
  if (model_digest === null) return Promise.resolve([]);
  return db.selectFrom("entry").select(["id", "name", "author"])
    .where("model_digest", "=", model_digest).where("id", "!=", id)
    .orderBy("created_at").orderBy("id").limit(5).execute();
}

function unknown(gate: string): Finding {
  return { gate, passed: null, detail: "not known before the file is read" };
}
