// Names of accounts, and when two of them are the same. Knows no database.

/** Most characters of a name. */
export const NAME_LENGTH = 40;

/** What entries of an account that was deleted may say as their author. */
export const ANONYMOUS = "deleted account";

/** Of the board itself: nobody may speak as these. */
const RESERVED = [
  ANONYMOUS,
  "admin",
  "administrator",
  "editor",
  "gallery",
  "guest",
  "moderator",
  "tinyproof",
];

/** Equal for names that differ in case, width or space only; of those there is one account. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

export function isReserved(name: string): boolean {
  return RESERVED.includes(nameKey(name));
}
