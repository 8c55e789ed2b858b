import { useState } from "preact/hooks";
import type { OfferedBenchmark } from "../BenchmarkChoices.tsx";
import { ScoredModel } from "./ScoredModel.tsx";

/** Benchmarks on any model file. */
export function DroppedFile({ benchmarks }: { benchmarks: OfferedBenchmark[] }) {
  const [file, setFile] = useState<File | null>(null);
  return (
    <section id="test">
      <h2>Test a file</h2>
      <div class="panel">
        <div class="field">
          <label for="tested-file">Model file</label>
          <input
            id="tested-file"
            type="file"
            accept=".tinygpt"
            aria-describedby="tested-file-hint"
            onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
          />
          <p class="hint" id="tested-file-hint">
            Choose a .tinygpt file or drop it here. It stays in this tab.
          </p>
        </div>
        {file && <ScoredModel {...{ file, benchmarks }} />}
      </div>
    </section>
  );
}
