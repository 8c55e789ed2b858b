// Versions of one entry: the newest that stands takes the place of those before it.

import { sql } from "kysely";
import { onBoard } from "../storage/visibility.ts";

/**
 * Of a row of `entry`: its author has submitted a newer version, which is scored, on the board and not
 * found false.
 * Every version names the first one in `revision_of`, so none is passed over when another between
 * them is withdrawn.
 */
export const superseded = sql<boolean>`exists (select from entry as newer
  where newer.revision_of = coalesce(entry.revision_of, entry.id)
    and newer.status = 'scored' and newer.visibility = 'public'
    and newer.provenance not in ('mismatch', 'rejected')
    and (newer.created_at, newer.id) > (entry.created_at, entry.id))`;

/**
 * Of a row of `entry`: scored, neither held nor hidden, the first of its training and the newest of
 * its versions. It is listed on boards and with its author; whether it has a rank depends on the
 * benchmark too.
 */
export const standsOnBoards = sql<boolean>`(entry.status = 'scored' and ${onBoard}
  and entry.duplicate_of is null and not ${superseded})`;
