// Short texts of people: names, authors, remarks.

import { z } from "zod";

/**
 * No control characters, and none that cannot be seen or turn the direction of the text around them,
 * but for the joiners that some scripts and emoji need.
 */
export const printable = (min: number, max: number) =>
  z.string().trim().min(min).max(max).regex(
    /^(?:[^\p{C}\p{Zl}\p{Zp}]|[\u200c\u200d])*$/u,
    "text without control or invisible characters",
  );

/** Something a reader can see, and click on. */
export const visible = (max: number) =>
  printable(1, max).regex(/[\p{L}\p{N}\p{P}\p{S}]/u, "text with a letter, digit or sign");
