// What entries name as their parent and their versions, as queries; family.ts draws the whole tree.

import type { Kysely } from "kysely";
import { ValidationError } from "../errors.ts";
import { superseded } from "../leaderboard/versions.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { isId } from "../storage/ids.ts";
import type { Database } from "../storage/schema.ts";
import { onBoard } from "../storage/visibility.ts";
import { parseReference } from "./lineage.ts";
import { type Claimant, mustOwn } from "./ownership.ts";
import type { RelativeView } from "./status.ts";
import { getEntry } from "./store.ts";

/** The entry a text names, withdrawn ones too; null when there is none. */
export async function findReferenced(db: Kysely<Database>, text: string): Promise<Entry | null> {
  const reference = parseReference(text);
  if (reference === null) return null;
  if ("id" in reference) return await getEntry(db, reference.id);
  const { digest } = reference;
  return await db.selectFrom("entry").selectAll()
    .where((eb) => eb.or([eb("model_digest", "=", digest), eb("file_digest", "=", digest)]))
    .orderBy("created_at").orderBy("id").limit(1).executeTakeFirst() ?? null;
}

export interface LineageWish {
  /** As typed; empty for none. */
  forkOf: string;
  revisionOf: string;
  /** What the file's header says, used where `forkOf` is empty. */
  declaredFork: string | null;
}

/**
 * The columns of a new entry. They name older entries only and never change, so no line leads back
 * to itself.
 *
 * @throws {ValidationError} when the form names an entry that does not exist.
 * @throws {PermissionError|AuthenticationError} when the version before is somebody else's.
 */
export async function resolveLineage(
  db: Kysely<Database>,
  { forkOf, revisionOf, declaredFork }: LineageWish,
  claimant: Claimant,
): Promise<{ fork_of: string | null; revision_of: string | null }> {
  const fork = forkOf !== ""
    ? await mustBeReferenced(db, forkOf, "forkOf")
    : declaredFork === null
    ? null
    : await findReferenced(db, declaredFork);
  if (revisionOf === "") return { fork_of: fork?.id ?? null, revision_of: null };
  const before = await mustBeReferenced(db, revisionOf, "revisionOf");
  mustOwn(before, claimant);
  if (before.status === "withdrawn") throw isWithdrawn(before);
  return { fork_of: fork?.id ?? null, revision_of: before.revision_of ?? before.id };
}

function isWithdrawn({ name }: Entry): ValidationError {
  return new ValidationError("A withdrawn model gets no new version", {
    path: "revisionOf",
    expected: "a model that is on this board",
    got: `${name}, withdrawn by its author`,
    fix: "Submit the file as a model of its own.",
  });
}

async function mustBeReferenced(
  db: Kysely<Database>,
  text: string,
  path: "forkOf" | "revisionOf",
): Promise<Entry> {
  const found = await findReferenced(db, text);
  if (found) return found;
  throw new ValidationError("There is no such model on this board", {
    path,
    expected: "the id of a model, or the address of its page",
    got: text.slice(0, 80),
    fix: "Copy the address of the model's page, or leave the field empty.",
  });
}

export interface Versions {
  /** Oldest first, this entry among them; empty when there is only one. */
  versions: RelativeView[];
  /** The newest version that takes this one's place (lib/leaderboard/versions.ts), or null. */
  supersededBy: string | null;
}

const VERSIONS_LIMIT = 100;

export async function parentOf(
  db: Kysely<Database>,
  { fork_of }: Entry,
): Promise<RelativeView | null> {
  if (fork_of === null) return null;
  const parent = await relatives(db).where("id", "=", fork_of).executeTakeFirst();
  return parent ? asRelative(parent) : null;
}

export async function versionsOf(
  db: Kysely<Database>,
  { id, revision_of }: Entry,
): Promise<Versions> {
  const root = revision_of ?? id;
  const newestFirst = await relatives(db)
    .where((eb) => eb.or([eb("id", "=", root), eb("revision_of", "=", root)]))
    .orderBy("created_at", "desc").orderBy("id", "desc").limit(VERSIONS_LIMIT).execute();
  const newer = newestFirst.slice(0, Math.max(0, newestFirst.findIndex((row) => row.id === id)));
  const heir = newer.find(({ status, provenance, visibility }) =>
    status === "scored" && visibility === "public" && provenance !== "mismatch" &&
    provenance !== "rejected"
  );
  const versions = newestFirst.length > 1 ? newestFirst.reverse().map(asRelative) : [];
  return { versions, supersededBy: heir?.id ?? null };
}

function relatives(db: Kysely<Database>) {
  return db.selectFrom("entry").select([
    "id",
    "name",
    "author",
    "status",
    "provenance",
    "visibility",
    "created_at",
  ]);
}

function asRelative(
  { id, name, author, status }: { id: string; name: string; author: string; status: string },
): RelativeView {
  return { id, name, author, withdrawn: status === "withdrawn" };
}

/** Entries of one account that may be given a new version: the newest of each, newest first. */
export function revisable(
  db: Kysely<Database>,
  accountId: string,
): Promise<{ id: string; name: string }[]> {
  return db.selectFrom("entry").select(["id", "name"])
    .where("account_id", "=", accountId).where("status", "=", "scored").where(
      superseded,
      "=",
      false,
    )
    .orderBy("created_at", "desc").orderBy("id").limit(VERSIONS_LIMIT).execute();
}

/** Models by a part of name or author, by id, or by SHA-256 of weights or file: the newest first. */
export function searchModels(
  db: Kysely<Database>,
  text: string,
  limit: number,
): Promise<{ id: string; name: string; author: string }[]> {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return db.selectFrom("entry").select(["id", "name", "author"])
    .where("status", "=", "scored").where(onBoard).where("duplicate_of", "is", null)
    .where((eb) =>
      eb.or([
        eb("name", "ilike", pattern),
        eb("author", "ilike", pattern),
        eb("id", "=", isId(text) ? text : ""),
        eb("file_digest", "=", text),
        eb("model_digest", "=", text),
      ])
    )
    .orderBy("created_at", "desc").orderBy("id").limit(limit).execute();
}
