// Before and after a replay in this tab: the nonce it is to answer, and whether it can be published.

import { confirmedVerdict } from "../lib/verification/confirmed_scope.ts";
import type { Opening } from "../lib/verification/opening.ts";
import type { Segment, VerificationResult } from "../lib/verification/types.ts";
import type { PublicSegment } from "../lib/verification/public_segments.ts";
import type { TabSegment } from "../workers/score_protocol.ts";
import { isCopy, siteAddress } from "./site_root.ts";

/** A replay that ended, and what it answers. */
export interface EndedReplay {
  entryId: string;
  modelDigest: string;
  /** Null when the board could not be asked: the replay then cannot be published. */
  nonce: string | null;
  /** What was replayed; null for the whole run. */
  part: PublicSegment | null;
  result: VerificationResult;
  openings: Opening[];
}

/** Before a replay of the run, or of that segment, begins. Null when this site takes no confirmations: a static copy, or no network. */
export async function drawNonce(
  entryId: string,
  segment: Segment | null = null,
): Promise<string | null> {
  if (isCopy()) return null;
  const query = segment === null ? "" : `?from=${segment.from}&to=${segment.to}`;
  try {
    return (await callModels(`${entryId}/confirmations/challenge${query}`)).nonce;
  } catch {
    return null;
  }
}

/** Whether a replay says something that can be signed. */
export function mayPublish({ nonce, result }: EndedReplay): boolean {
  return nonce !== null && confirmedVerdict(result) !== null;
}

/**
 * @param path below /api/v1/models/.
 * @throws {Error} with the server's reason.
 */
// deno-lint-ignore no-explicit-any -- the caller knows what this address answers
export async function callModels(path: string, body?: unknown): Promise<any> {
  const response = await fetch(siteAddress(`/api/v1/models/${path}`), {
    method: "POST",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const { message, fix } = answer.error;
  throw new Error([message, fix].filter(Boolean).join(". "));
}

/** What the engine of a tab is asked for: that part of the run, or all of it. */
export function tabSegment(segment: PublicSegment | null): TabSegment | undefined {
  if (segment === null) return undefined;
  const { from, to, state } = segment;
  return { from, to, state: state && `/states/${state.sha256}.tinygpt` };
}
