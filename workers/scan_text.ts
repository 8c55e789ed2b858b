// Looks a text of the visitor's over before it is trained on: is it text, what is its SHA-256, does
// it hold what benchmarks ask. The same scan as the server's.

import { scanTargets } from "../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { scanCorpus } from "../lib/corpora/contamination/report.ts";
import { CORPORA, uploadedCorpus } from "../lib/corpora/registry.ts";
import { ValidationError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/hash.ts";
import { keepText } from "../lib/playground/texts.ts";
import { siteData } from "./site_data.ts";
import type { Site, TrainReply } from "./train_protocol.ts";

const PIECE_BYTES = 1 << 20;

interface ScanText {
  reply: (message: TrainReply) => void;
  site: Site;
  text: Blob;
}

/** @throws {ValidationError} when it is no UTF-8 text, or a registered corpus. */
export async function scanText({ reply, site, text }: ScanText): Promise<void> {
  const bytes = new Uint8Array(await text.arrayBuffer());
  assertText(bytes);
  const sha256 = await sha256Hex(bytes);
  const registered = CORPORA.find((corpus) => corpus.sha256 === sha256);
  if (registered) {
    throw new ValidationError(`This text is the registered corpus ${registered.id}`, {
      fix: `Choose “${registered.name}” in the list instead.`,
    });
  }
  const corpus = uploadedCorpus(sha256, bytes.length);
  const targets = await scanTargets(BENCHMARKS, siteData(site.siteUrl));
  function* pieces(start: number, end: number) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      yield bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
    }
  }
  const report = await scanCorpus(
    corpus,
    targets,
    pieces,
    (fraction) => reply({ type: "stage", stage: "looking for evaluation text", fraction }),
  );
  await keepText(sha256, text);
  reply({ type: "scanned", sha256, byteLength: bytes.length, report });
}

function assertText(bytes: Uint8Array): void {
  const fix = "Choose a plain text file saved as UTF-8.";
  if (bytes.length === 0) throw new ValidationError("The text is empty", { fix });
  if (bytes.includes(0)) throw new ValidationError("The text holds a NUL", { fix });
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ValidationError("The file is no UTF-8 text", { fix });
  }
}
