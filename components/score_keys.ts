// Which key gives which score, and how scores are written.

const FRACTIONS: Record<number, string> = { 0.25: "¼", 0.5: "½", 0.75: "¾" };

/** "½" for 0.5. */
export function levelText(level: number): string {
  return FRACTIONS[level] ?? String(level);
}

const FEW = "jkl";
const MANY = "asdfghjkl";

/** The key of each level, lowest first, where the fingers are: j k l for three. */
export function levelKeys(levels: readonly number[]): string[] {
  return [...(levels.length <= FEW.length ? FEW : MANY)].slice(0, levels.length);
}

/** The level a key gives, or null: its letter, or its own digit (5 for a half). */
export function levelOfKey(key: string, levels: readonly number[]): number | null {
  const at = levelKeys(levels).indexOf(key.toLowerCase());
  if (at >= 0) return levels[at];
  const digits = levels.map((level) => level === 0.5 ? 5 : level);
  if (!/^\d$/.test(key)) return null;
  const found = digits.indexOf(Number(key));
  return found < 0 ? null : levels[found];
}
