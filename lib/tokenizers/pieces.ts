// Cuts bytes into the pieces inside which byte-pair encoding merges: by classes of bytes alone.

/** Longer runs are cut, so that the work of a piece is bounded. */
export const MAX_PIECE_BYTES = 64;

const SPACE = 0x20;
const OTHER = 0, WHITE = 1, DIGIT = 2, LETTER = 3;

/** Letters are A–Z, a–z and every byte of a UTF-8 sequence: words of any language stay whole. */
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if ((byte >= 9 && byte <= 13) || byte === SPACE) return WHITE;
  if (byte >= 0x30 && byte <= 0x39) return DIGIT;
  const lower = byte | 0x20;
  return byte >= 0x80 || (lower >= 0x61 && lower <= 0x7a) ? LETTER : OTHER;
});

const LETTERS = "[^\\x00-\\x40\\x5B-\\x60\\x7B-\\x7F]",
  DIGITS = "[0-9]",
  WHITES = "[\\x09-\\x0D\\x20]";
const OTHERS = "[\\x00-\\x08\\x0E-\\x1F\\x21-\\x2F\\x3A-\\x40\\x5B-\\x60\\x7B-\\x7F]";
const RUNS = [LETTERS, DIGITS, OTHERS];

/**
 * The rule of `pieceEnd` as a pattern over characters, for programs that know none over bytes. A
 * character counts as one of the MAX_PIECE_BYTES, so longer words of other letters are cut later.
 */
export const PIECE_PATTERN = [
  ...RUNS.map((run) => `\\x20${run}{1,${MAX_PIECE_BYTES - 1}}`),
  ...RUNS.map((run) => `${run}{1,${MAX_PIECE_BYTES}}`),
  `${WHITES}{1,${MAX_PIECE_BYTES - 1}}(?=\\x20[^\\x09-\\x0D\\x20])`,
  `${WHITES}{1,${MAX_PIECE_BYTES}}`,
].join("|");

/**
 * Where the piece that starts at `from` ends. A piece is a longest run of one class; a space (0x20)
 * just before a run that is not white belongs to that run. Every MAX_PIECE_BYTES a piece is cut.
 */
export function pieceEnd(bytes: Uint8Array, from: number): number {
  const limit = Math.min(bytes.length, from + MAX_PIECE_BYTES);
  const leads = bytes[from] === SPACE && from + 1 < limit && CLASS[bytes[from + 1]] !== WHITE;
  let end = from + (leads ? 2 : 1);
  const kind = CLASS[bytes[end - 1]];
  while (end < limit && CLASS[bytes[end]] === kind) end++;
  // The last space of a white run belongs to what follows.
  const gives = kind === WHITE && end - 1 > from && bytes[end - 1] === SPACE &&
    end < bytes.length && CLASS[bytes[end]] !== WHITE;
  return gives ? end - 1 : end;
}
