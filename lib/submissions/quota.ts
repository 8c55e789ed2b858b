// How much one sender may submit, and what a refusal says. Knows no database and no clock.

import { QuotaError } from "../errors.ts";

export const DAY_MS = 24 * 3600_000;

export interface QuotaLimits {
  /** New entries in 24 hours. */
  submissionsPerDay: number;
  /** Of files kept and uploads begun. */
  storedBytes: number;
  /** Scorings that wait or run. */
  openJobs: number;
  /** Files that are being sent at a time. */
  openUploads: number;
}

/** What a sender has of each at a moment. */
export interface Usage {
  submissions: number;
  /** When the next submission is free, if the day's are used up. */
  freeAtMs: number | null;
  storedBytes: number;
  openJobs: number;
  openUploads: number;
}

/** JSON-safe: the form and the API show this. */
export interface QuotaView {
  limits: QuotaLimits;
  usage: Usage;
}

/** What a refusal is about. */
export interface Wanted {
  byteLength: number;
  /** An upload in parts is to be begun. */
  upload?: boolean;
  /** The file is here already: only the upload itself counts. */
  known?: boolean;
  nowMs: number;
}

/** Why the sender may not send a file of this size now, or null. */
export function quotaRefusal(
  { limits, usage }: QuotaView,
  { byteLength, upload = false, known = false, nowMs }: Wanted,
): QuotaError | null {
  const sending = upload ? tooManyUploads({ limits, usage }) : null;
  if (sending) return sending;
  if (known) return null;
  if (usage.submissions >= limits.submissionsPerDay) return tooManyToday(limits, usage, nowMs);
  if (usage.openJobs >= limits.openJobs) {
    return refusal("Your models that wait to be scored are as many as may wait at a time", {
      expected: `fewer than ${limits.openJobs} models waiting`,
      got: `${usage.openJobs}`,
      fix: "Send it when one of them is scored, or withdraw one.",
    });
  }
  return usage.storedBytes + byteLength > limits.storedBytes
    ? noRoom({ limits, usage }, byteLength)
    : null;
}

/** Why the sender may not begin another upload now, or null. */
export function tooManyUploads({ limits, usage }: QuotaView): QuotaError | null {
  if (usage.openUploads < limits.openUploads) return null;
  return refusal("You are sending as many files as may be sent at a time", {
    expected: `fewer than ${limits.openUploads} unfinished uploads`,
    got: `${usage.openUploads}`,
    fix: "Finish or cancel one of them; what stands still is thrown away by itself.",
  });
}

export function noRoom({ limits, usage }: QuotaView, byteLength: number): QuotaError {
  return refusal("Your models would take more room than there is for one sender", {
    expected: `at most ${mebibytes(limits.storedBytes)} together`,
    got: `${mebibytes(usage.storedBytes)} and this file of ${mebibytes(byteLength)}`,
    fix: "Withdraw a model you no longer need, or send this one as fp16.",
  });
}

function tooManyToday(
  { submissionsPerDay }: QuotaLimits,
  { submissions, freeAtMs }: Usage,
  nowMs: number,
): QuotaError {
  const waitMs = freeAtMs === null ? DAY_MS : Math.max(0, freeAtMs - nowMs);
  const at = new Date(nowMs + waitMs).toISOString().slice(0, 16).replace("T", " ");
  return new QuotaError("Your submissions of the last 24 hours are as many as one may send", {
    expected: `fewer than ${submissionsPerDay} submissions in 24 hours`,
    got: `${submissions}`,
    fix: `The next one is free at ${at} UTC. The same file again, and what failed through a ` +
      "fault of the board, does not count.",
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}

function refusal(
  message: string,
  problem: { expected: string; got: string; fix: string },
): QuotaError {
  return new QuotaError(message, { ...problem, retryAfterSeconds: null });
}

function mebibytes(byteLength: number): string {
  return `${(byteLength / 1024 ** 2).toFixed(1)} MiB`;
}
