// What the upload of a corpus may hold, for the form; intake.ts checks the same.

/** Most characters of each text. */
export const CORPUS_LIMITS = { name: 80, author: 60, licenceNote: 500, source: 300 } as const;

/** SPDX identifiers a corpus may be under, in the words of the form. */
export const LICENCES = {
  "CC0-1.0": "CC0 1.0, public domain dedication",
  "CC-BY-4.0": "Creative Commons Attribution 4.0",
  "CC-BY-SA-4.0": "Creative Commons Attribution-ShareAlike 4.0",
  "CDLA-Permissive-2.0": "Community Data License Agreement, Permissive 2.0",
  "CDLA-Sharing-1.0": "Community Data License Agreement, Sharing 1.0",
  "ODC-By-1.0": "Open Data Commons Attribution 1.0",
  "ODbL-1.0": "Open Data Commons Open Database 1.0",
  MIT: "MIT",
  "Apache-2.0": "Apache 2.0",
  "BSD-3-Clause": "BSD 3-Clause",
  "GPL-3.0-or-later": "GNU GPL 3.0 or later",
  "public-domain": "Public domain: no copyright holds",
  other: "Another licence, named below",
} as const;

/** What the sender of a corpus declares. */
export const DECLARATION =
  "I may publish this text under the licence named, and it holds no personal data.";
