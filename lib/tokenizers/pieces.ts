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
