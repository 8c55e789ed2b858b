// What a report says of the tab that computed it. The browser tells, so it is a claim.

import type { Engine } from "../lib/engine/engine.ts";
import { isaOf, runtimeOf } from "../lib/verification/browser_runtime.ts";
import type { VerifierInfo } from "../lib/verification/types.ts";

export async function describeTab(engine: Engine, selfTestDigest: string): Promise<VerifierInfo> {
  const { runtime, engineFamily } = runtimeOf(navigator.userAgent);
  const isa = await isaOf(navigator);
  return { runtime, engineFamily, flags: [], isa, threads: engine.threads, selfTestDigest };
}
