// Lists that are given a part at a time. Knows no list.

export interface Part<Row> {
  rows: Row[];
  /** The address of the next part; null at the end. */
  next: string | null;
}

/** What the query parameter of that name says of a row, for the part that goes on behind it. */
type Cursor<Row> = { before: (row: Row) => string | number } | { after: (row: Row) => string };

/**
 * The first `limit` of `rows`, and where the list at `url` goes on. `rows` holds one more than
 * `limit` where there is one.
 */
export function partOf<Row>(
  rows: readonly Row[],
  { limit, url, ...cursor }: { limit: number; url: URL } & Cursor<Row>,
): Part<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: shown, next: null };
  const next = "before" in cursor
    ? partAddress(url, "before", String(cursor.before(last)))
    : partAddress(url, "after", cursor.after(last));
  return { rows: shown, next };
}

/** The path of the list at `url` from another place on; null where there is none. */
export function partAddress(
  url: URL,
  side: "before" | "after",
  place: string | null,
): string | null {
  if (place === null) return null;
  const query = new URLSearchParams(url.search);
  query.delete("before");
  query.delete("after");
  query.set(side, place);
  return `${url.pathname}?${query}`;
}
