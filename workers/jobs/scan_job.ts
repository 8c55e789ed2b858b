// Body of a scan: searches a corpus for the evaluation texts of every benchmark.

import { scanTargets } from "../../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { scanCorpus, type ScanReport } from "../../lib/corpora/contamination/report.ts";
import { uploadFile } from "../../lib/corpora/registry.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { JobContext } from "../job_protocol.ts";
import { readJobData } from "./host.ts";

const PIECE_BYTES = 1 << 20;

/** @throws {IntegrityError} when the corpus is not the one that is to be scanned. */
export async function runScanJob({ folder, spec, progress }: JobContext): Promise<ScanReport> {
  const corpus = spec.corpus!;
  const targets = await scanTargets(BENCHMARKS, (path) => readJobData(folder, path));
  const bytes = await readJobData(folder, uploadFile(corpus.sha256));
  const digest = await sha256Hex(bytes);
  if (digest !== corpus.sha256) {
    throw new IntegrityError("The stored corpus is not the one that was uploaded", {
      expected: `SHA-256 ${corpus.sha256}`,
      got: `SHA-256 ${digest}`,
      fix: "This is a fault of the board: its copy of the file must be restored.",
    });
  }
  function* pieces(start: number, end: number) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      yield bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
    }
  }
  return await scanCorpus(
    corpus,
    targets,
    pieces,
    (fraction) => progress("scanning the corpus", fraction),
  );
}
