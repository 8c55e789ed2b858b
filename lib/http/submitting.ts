// What the form and the API have in common when they take a submission. Knows no route.

import type { State } from "../../app_state.ts";
import { mustBeAllowed } from "../accounts/caller.ts";
import { QuotaError, ValidationError } from "../errors.ts";
import {
  type IntakeOptions,
  receiveSubmission,
  type SubmissionFields,
} from "../submissions/intake.ts";
import { jsonError } from "./json.ts";
import type { Submitter } from "./sender.ts";
import { DAY_MS, type QuotaView } from "../submissions/quota.ts";
import { quotaOf } from "../submissions/quota_store.ts";
import type { Counted } from "../submissions/senders.ts";
import { requireUpload, submitUpload } from "../submissions/uploads.ts";
import type { Claimant } from "../submissions/ownership.ts";
import { newWithdrawalKey, withdrawalDigest } from "../submissions/withdrawal_key.ts";

/** A state has twelve bytes a parameter: 1.5 GB at most, three hours at 150 kB/s. */
export const STATE_PATIENCE = { idleMs: 30_000, totalMs: 3 * 3600_000 };

export interface SubmissionRequest extends Submitter {
  fields: SubmissionFields;
  /** The bytes, or the id of the upload they came by. */
  file: ReadableStream<Uint8Array> | { upload: string };
  byteLength?: number;
  sha256?: string;
  /** Digest of a withdrawal key of the sender's own making; empty: one is made. */
  withdrawal: string;
  /** A guest's key to the version before. */
  revisionKey: string;
}

export interface Submitted {
  entryId: string;
  /** By which a guest may withdraw it: given once, here. */
  key: string | null;
}

/** @throws as `receiveSubmission` and `submitUpload`. */
export async function submitFor(
  { services }: Pick<State, "services">,
  { sender, fields, file, withdrawal, ...request }: SubmissionRequest,
): Promise<Submitted> {
  const key = sender.account === null && withdrawal === "" ? newWithdrawalKey() : null;
  const options: IntakeOptions = {
    sender,
    ...request,
    withdrawalDigest: key === null ? checkedDigest(withdrawal) : withdrawalDigest(key),
  };
  const { entryId, added } = file instanceof ReadableStream
    ? await receiveSubmission(services, file, fields, options)
    : await submitUpload(
      services,
      await requireUpload(services, file.upload, sender.account?.id ?? null),
      fields,
      options,
    );
  return { entryId, key: added ? key : null };
}

function checkedDigest(text: string): string | null {
  if (text === "" || /^[0-9a-f]{64}$/.test(text)) return text || null;
  throw new ValidationError("The digest of the withdrawal key cannot be read", {
    path: "withdrawal",
    expected: "64 lower-case hexadecimal digits",
    got: text.slice(0, 80),
    fix: "Leave it out: the board then makes a key and gives it to you.",
  });
}

export async function quotaFor(
  { services: { db, config, now } }: Pick<State, "services">,
  sender: Counted,
): Promise<QuotaView> {
  return await quotaOf(db, config, { sender, now: now() });
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-03, of submissions in 24 hours. */
export function quotaHeaders(
  { limits, usage }: QuotaView,
  nowMs: number,
): Record<string, string> {
  const limit = limits.submissionsPerDay;
  const waitMs = usage.freeAtMs === null ? DAY_MS : usage.freeAtMs - nowMs;
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-policy": `${limit};w=${DAY_MS / 1000}`,
    "ratelimit-remaining": String(Math.max(0, limit - usage.submissions)),
    "ratelimit-reset": String(Math.max(0, Math.ceil(waitMs / 1000))),
  };
}

/** The answer to one who has too much; says what is left of the day. Other errors are thrown on. */
export async function quotaRefused(
  state: Pick<State, "services">,
  sender: Counted,
  error: unknown,
): Promise<Response> {
  if (!(error instanceof QuotaError)) throw error;
  const refused = jsonError(error);
  const nowMs = state.services.now().getTime();
  for (const [name, value] of Object.entries(quotaHeaders(await quotaFor(state, sender), nowMs))) {
    refused.headers.set(name, value);
  }
  return refused;
}

/** Path of the page on which `key` takes an entry back. */
export function withdrawalPath(entryId: string, key: string): string {
  return `/submissions/${entryId}/withdraw?key=${key}`;
}

const COOKIE = "withdrawal";
const COOKIE_SECONDS = 30 * 24 * 3600;

/** Has this browser know its guest's entry again. */
export function withdrawalCookie(entryId: string, key: string, { protocol }: URL): string {
  const secure = protocol === "https:" ? "; Secure" : "";
  return `${COOKIE}=${key}; Path=/submissions/${entryId}; Max-Age=${COOKIE_SECONDS}; ` +
    `SameSite=Strict; HttpOnly${secure}`;
}

/** The key a request brings: in a header, in the address, or from the browser it was given to. */
export function withdrawalKeyOf(req: Request, url: URL): string {
  const cookie = req.headers.get("cookie")?.match(/(?:^|;\s*)withdrawal=([0-9a-f]+)/)?.[1];
  return req.headers.get("withdrawal-key") ?? url.searchParams.get("key") ?? cookie ?? "";
}

/**
 * What a request shows to have an entry treated as its sender's.
 *
 * @throws {PermissionError} when its API key is not one that may submit.
 */
export function authorOf(
  { req, url, state: { caller } }: { req: Request; url: URL; state: State },
): Claimant {
  const account = caller === null ? null : mustBeAllowed(caller, "submit");
  return { account, key: withdrawalKeyOf(req, url) };
}
