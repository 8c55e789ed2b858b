// One process of the parallel replay: an engine with one thread, segments as they are asked for.

import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import type { Segment, VerificationResult } from "../../lib/verification/types.ts";
import type { VerifiableFile } from "../../lib/verification/verify.ts";
import { open, replay } from "./run.ts";

export interface SegmentRequest {
  file: VerifiableFile;
  segment: Segment;
  resume?: RunCheckpoint;
}

export type SegmentReply = { ready: true } | { result: VerificationResult };

const opened = await open(1);
const scope = globalThis as unknown as Worker;
scope.onmessage = async ({ data: { file, segment, resume } }: MessageEvent<SegmentRequest>) => {
  // A class does not survive the message; this run's tokenizer is that of bytes.
  const { BYTE_TOKENIZER } = await import("../../lib/tokenizers/tokenizer.ts");
  const claim = { ...file, tokenizer: BYTE_TOKENIZER };
  scope.postMessage({ result: await replay(opened, claim, { segment, resume }) });
};
scope.postMessage({ ready: true });
