// Short random identifiers for URLs.

/** No vowels and no look-alikes, so that an id neither spells a word nor is misread. */
const ALPHABET = "23456789bcdfghjkmnpqrstvwxz";

/** Whether `text` may be an id at all: PostgreSQL refuses to compare with some other texts. */
export function isId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

/** About 4.75 bits a character; 12 characters for what anyone may create. */
export function randomId(length = 12): string {
  let id = "";
  while (id.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(2 * length))) {
      // Bytes past the last whole multiple of the alphabet would favour its first letters.
      if (byte < 256 - 256 % ALPHABET.length && id.length < length) {
        id += ALPHABET[byte % ALPHABET.length];
      }
    }
  }
  return id;
}
