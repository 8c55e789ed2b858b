// Types of columns that many tables have.

import type { ColumnType } from "kysely";

/** Set by the database unless given. */
export type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** jsonb: read as a value, written as the text of json.ts. */
export type Json<T> = ColumnType<T, string, string>;
