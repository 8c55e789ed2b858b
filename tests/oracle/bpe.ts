// Byte-pair encoding as plainly as it can be said: everything is counted again for every merge.
// Bytes are characters 0..255 of a string; shares nothing with lib/tokenizers.

/** The first of these that fits, again and again: space and run, white before a space, white. */
const PIECES =
  / ?[A-Za-z\x80-\xff]+| ?[0-9]+| ?[^A-Za-z\x80-\xff0-9\t-\r ]+|[\t-\r ]+(?= [^\t-\r ])|[\t-\r ]+/g;

const PIECE = /[^]{1,64}/g;

export function characters(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The pieces of a text, each at most 64 long. */
export function pieces(text: string): string[] {
  return (text.match(PIECES) ?? []).flatMap((run) => run.match(PIECE) ?? []);
}

export type Pair = [left: string, right: string];

function merged(parts: readonly string[], [left, right]: Pair): string[] {
  const result: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === left && parts[i + 1] === right) result.push(left + parts[++i]);
    else result.push(parts[i]);
  }
  return result;
}

/** The pairs merged, in order, as spellings; null when there are fewer than `count`. */
export function trainPairs(text: string, count: number, maxEntryBytes: number): Pair[] | null {
  let words = pieces(text).map((piece) => piece.split(""));
  // A token's id is its place here.
  const entries = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const counts = new Map<string, { pair: Pair; count: number }>();
    for (const parts of words) {
      for (let i = 0; i + 1 < parts.length; i++) {
        const pair: Pair = [parts[i], parts[i + 1]];
        if (pair.join("").length > maxEntryBytes) continue;
        const key = pair.map((part) => entries.indexOf(part)).join(" ");
        counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
      }
    }
    const ids = (
      { pair: [left, right] }: { pair: Pair },
    ) => [entries.indexOf(left), entries.indexOf(right)];
    const [best] = [...counts.values()].toSorted((a, b) =>
      b.count - a.count || ids(a)[0] - ids(b)[0] || ids(a)[1] - ids(b)[1]
    );
    if (!best || best.count < 2) return null;
    pairs.push(best.pair);
    entries.push(best.pair.join(""));
    words = words.map((parts) => merged(parts, best.pair));
  }
  return pairs;
}

/** The text's tokens as spellings: every merge in its order, over every piece. */
export function encodeWith(pairs: readonly Pair[], text: string): string[] {
  return pieces(text).flatMap((piece) => pairs.reduce<string[]>(merged, piece.split("")));
}
