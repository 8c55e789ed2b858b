// Which entries everybody sees: the one condition behind boards, pictures, searches and lists.

import { sql } from "kysely";

/** Of a row of `entry`: it waits in no holding area, and no moderator has hidden it. */
export const onBoard = sql<boolean>`entry.visibility = 'public'`;
