// Which engine a replay runs on: the one its recipe names, else the present one, and why. Knows not
// where their bytes come from.

import { canReplay } from "../engine/conforming.ts";
import { UnfitEngineError } from "../engine/fit.ts";
import { IntegrityError, NotFoundError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";

export interface ReplayEngine<Opened> {
  opened: Opened;
  /** Why it is not the one the recipe names although that was to be had; null where it is. */
  instead: string | null;
}

/**
 * Opens the engine that the recipe names. Where it cannot be had, does not fit this program or fails
 * its test, the present one takes its place; whether that may is for the verdict to say.
 *
 * @param named null where the present engine is the one, or the only one.
 */
export async function openReplayEngine<Opened>(
  named: (() => Promise<Opened>) | null,
  present: () => Promise<Opened>,
): Promise<ReplayEngine<Opened>> {
  if (named === null) return { opened: await present(), instead: null };
  try {
    return { opened: await named(), instead: null };
  } catch (error) {
    if (!isUnusable(error)) throw error;
    return { opened: await present(), instead: error.message };
  }
}

function isUnusable(error: unknown): error is Error {
  return error instanceof UnfitEngineError || error instanceof IntegrityError ||
    error instanceof NotFoundError || error instanceof WebAssembly.CompileError;
}

/** @throws {IntegrityError} when these are not the bytes of that digest. */
export async function assertEngine(binary: Uint8Array, digest: string): Promise<void> {
  const got = await sha256Hex(binary);
  if (got === digest) return;
  throw new IntegrityError("It came with other bytes than those of its digest", {
    expected: `SHA-256 ${digest}`,
    got: `SHA-256 ${got}`,
    fix: "The board's copy of this engine is damaged.",
  });
}

/** The engine a recipe names, the one at hand, and why it is that one. */
export interface EngineInUse {
  declared: string;
  used: string;
  instead: string | null;
}

/** Why there can be no replay on the engine at hand, or null. */
export function missingEngine({ declared, used, instead }: EngineInUse): string | null {
  if (canReplay(used, declared)) return null;
  const why = instead === null ? "" : ` (${instead})`;
  return `engine ${declared} is not at hand${why}, this one is ${used}`;
}

/** What a verdict says of an engine that took the place of the one the recipe names, or null. */
export function replacedEngine({ declared, used, instead }: EngineInUse): string | null {
  if (instead === null || !canReplay(used, declared)) return null;
  return `Engine ${
    declared.slice(0, 12)
  }…, which the recipe names, could not be used: ${instead}. ` +
    `Engine ${used.slice(0, 12)}… took its place; both are known to give the same bits.`;
}
