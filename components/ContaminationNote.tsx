import { findBenchmark } from "../lib/benchmarks/registry.ts";
import { CORPORA } from "../lib/corpora/registry.ts";
import { shortDigest } from "./format.ts";

/** Why a model has no rank on some benchmarks: what it was made with holds text of them. */
export function ContaminationNote({ found }: {
  found: readonly { benchmark: string; version: number; corpus: string }[];
}) {
  if (found.length === 0) return null;
  return (
    <ul class="note">
      {found.map(({ benchmark, version, corpus }) => {
        const name = findBenchmark(benchmark, version)?.name ?? benchmark;
        const registered = CORPORA.find(({ sha256 }) => sha256 === corpus)?.id;
        return (
          <li key={`${benchmark}@${version} ${corpus}`}>
            No rank on <strong>{name}</strong> v{version}: it was made with{" "}
            <a href={`/corpora/${registered ?? corpus}#scan`}>
              {registered ?? `corpus ${shortDigest(corpus)}…`}
            </a>, which holds text of this benchmark.
          </li>
        );
      })}
    </ul>
  );
}
