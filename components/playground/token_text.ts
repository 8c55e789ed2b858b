// Tokens as people read them: text where the bytes are text, signs for what cannot be seen.

const strict = new TextDecoder("utf-8", { fatal: true });

const SIGNS: Record<string, string> = { " ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍" };
const WORDS: Record<string, string> = {
  " ": "space ",
  "\n": "new line ",
  "\t": "tab ",
  "\r": "return ",
};

/** " the" → "␣the"; bytes that are no text by themselves in hexadecimal: "E2 80". */
export function tokenLabel(bytes: readonly number[]): string {
  return spelled(bytes, SIGNS);
}

/** The same for ears: " the" → "space the". */
export function tokenWords(bytes: readonly number[]): string {
  return spelled(bytes, WORDS).trim();
}

function spelled(bytes: readonly number[], names: Record<string, string>): string {
  const text = textOf(bytes);
  if (text === null || text === "") return hexOf(bytes);
  return [...text].map((character) =>
    names[character] ?? (/\p{C}/u.test(character) ? hexOf(encoded(character)) : character)
  ).join("");
}

function textOf(bytes: readonly number[]): string | null {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function encoded(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function hexOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
}

/** A stretch of text and the token that ended it. */
export interface Piece {
  text: string;
  /** Index of its token; tokens that only begin a character have no piece. */
  token: number;
}

/**
 * The text of tokens as it grows: a character whose bytes come in several tokens appears with the
 * last of them, and one that is never finished as U+FFFD once the text has `ended`.
 */
export function piecesOf(tokens: readonly { bytes: number[] }[], ended: boolean): Piece[] {
  const decoder = new TextDecoder();
  const pieces: Piece[] = [];
  tokens.forEach(({ bytes }, token) => {
    const last = ended && token === tokens.length - 1;
    const text = decoder.decode(Uint8Array.from(bytes), { stream: !last });
    if (text !== "") pieces.push({ text, token });
  });
  return pieces;
}

/** 0.0314 → "3.1 %", tiny ones as "< 0.1 %". */
export function formatProbability(probability: number): string {
  const percent = 100 * probability;
  if (percent < 0.1) return "< 0.1\u202f%";
  return `${percent.toFixed(percent < 99.95 ? 1 : 0)}\u202f%`;
}
